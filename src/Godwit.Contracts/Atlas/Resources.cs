using System.Text.Json.Serialization;

namespace Godwit.Contracts.Atlas;

/// <summary>A source project with what can be migrated from it.</summary>
/// <param name="Deployments">Its clusters.</param>
/// <param name="MigrationHosts">Names of its hosts.</param>
/// <param name="Name">Its name.</param>
/// <param name="ProjectId">Its id.</param>
internal sealed record LiveImportAvailableProject(
    IReadOnlyList<AvailableDeployment> Deployments,
    IReadOnlyList<string> MigrationHosts,
    string Name,
    string ProjectId
);

/// <summary>A cluster that can be migrated.</summary>
internal sealed record AvailableDeployment
{
    public string? AgentVersion { get; init; }

    public required string ClusterId { get; init; }

    public long? DbSizeBytes { get; init; }

    public required string FeatureCompatibilityVersion { get; init; }

    public required bool Managed { get; init; }

    [JsonPropertyName("mongoDBVersion")]
    public required string MongoDbVersion { get; init; }

    public required string Name { get; init; }

    public int? OplogSizeMB { get; init; }

    public required bool Sharded { get; init; }

    public int? ShardsSize { get; init; }

    public required bool TlsEnabled { get; init; }
}

/// <summary>A validation, in the shape Atlas gives it.</summary>
internal sealed record LiveImportValidation
{
    [JsonPropertyName("_id")]
    public required string Id { get; init; }

    public required string GroupId { get; init; }

    public required string SourceGroupId { get; init; }

    /// <summary>PENDING, SUCCESS or FAILED.</summary>
    public required string Status { get; init; }

    public string? ErrorMessage { get; init; }
}

/// <summary>A migration, in the shape Atlas gives it.</summary>
internal sealed record LiveMigrationResponse
{
    [JsonPropertyName("_id")]
    public required string Id { get; init; }

    public long? LagTimeSeconds { get; init; }

    public required IReadOnlyList<string> MigrationHosts { get; init; }

    public required bool ReadyForCutover { get; init; }

    /// <summary>NEW, WORKING, FAILED, COMPLETE or EXPIRED.</summary>
    public required string Status { get; init; }
}

/// <summary>A page of a list.</summary>
/// <param name="Results">Its entries.</param>
/// <param name="TotalCount">How many there are in all; <see langword="null"/> if not asked for.</param>
internal sealed record Page<T>(IReadOnlyList<T> Results, int? TotalCount);

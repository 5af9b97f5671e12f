using System.Text.Json.Nodes;
using Godwit.Contracts.Agents;

namespace Godwit.Contracts.Own;

/// <summary>A migration with all that is known of it.</summary>
internal sealed record MigrationResource
{
    public required string Id { get; init; }

    public required string GroupId { get; init; }

    /// <summary>NEW, WAITING, CHECKING, RUNNING, RETRYING, PAUSED, CUTTING_OVER, DISCONNECTED, FINALISING, ENDING, COMPLETE, REHEARSED, FAILED, CANCELLED or EXPIRED.</summary>
    public required string Status { get; init; }

    /// <summary>PREPARING, COPYING, APPLYING, IN_SYNC, FINALISING or DONE; <see langword="null"/> before it ran.</summary>
    public string? Phase { get; init; }

    public required string SourceGroupId { get; init; }

    public required string SourceCluster { get; init; }

    public required string DestinationCluster { get; init; }

    public required IReadOnlyList<string> MigrationHosts { get; init; }

    /// <summary>Hosts that go on by themselves if the first is lost.</summary>
    public IReadOnlyList<string> StandbyHosts { get; init; } = [];

    public required bool ReadyForCutover { get; init; }

    public long? LagTimeSeconds { get; init; }

    public required bool BlocksSource { get; init; }

    /// <summary>What it was asked for with, rules for documents left out.</summary>
    public Atlas.MigrationOptions? Options { get; init; }

    /// <summary>Whether documents are chosen or changed on their way by rules.</summary>
    public bool HasDocumentRules { get; init; }

    public ReportedProgress? Progress { get; init; }

    public ReportedFailure? Failure { get; init; }

    public DateTimeOffset? InSyncSince { get; init; }

    /// <summary>When it expires unless it is cut over or extended.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Until when data and progress of an expired migration are kept.</summary>
    public DateTimeOffset? KeptUntil { get; init; }

    /// <summary>How often the deadline was moved.</summary>
    public required int Extensions { get; init; }

    public DateTimeOffset? CutoverRequested { get; init; }

    /// <summary>Since when its host has not called; no cutover is taken then.</summary>
    public DateTimeOffset? HostAwaySince { get; init; }

    /// <summary>The migration that this one turns round; source and destination have changed places.</summary>
    public string? Reverses { get; init; }

    /// <summary>Whether it moves from the project's cluster to that of the migration host.</summary>
    public bool IsBackwards { get; init; }

    /// <summary>What was asked for last after it had ended.</summary>
    public FollowUpResource? FollowUp { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Ended { get; init; }
}

/// <summary>Body of a takeover: who goes on with a migration whose host is away (P6).</summary>
/// <param name="MigrationHost">Name of the other host.</param>
/// <param name="Username">User on the source, unless that host holds credentials.</param>
/// <param name="Password">Its password; written only, never read.</param>
internal sealed record TakeOverRequest(string? MigrationHost, string? Username = null, string? Password = null)
{
    /// <summary>Without the password.</summary>
    public override string ToString() => MigrationHost ?? "";
}

/// <summary>Body of a change of when a migration may be cut over.</summary>
/// <param name="CutoverWindows">Times of the week, in UTC; none for always.</param>
internal sealed record CutoverWindowsRequest(IReadOnlyList<string>? CutoverWindows);

/// <summary>A validation with each of its checks.</summary>
internal sealed record ValidationResource
{
    public required string Id { get; init; }

    /// <summary>PENDING, SUCCESS or FAILED.</summary>
    public required string Status { get; init; }

    public required IReadOnlyList<ReportedCheck> Checks { get; init; }

    public required string MigrationHost { get; init; }

    public required string SourceCluster { get; init; }

    public required string DestinationCluster { get; init; }

    /// <summary>What is dropped on the destination at the start, where it is to be cleared.</summary>
    public IReadOnlyList<CollectionToClear>? ToClear { get; init; }

    public string? SourceIdentity { get; init; }

    public string? DestinationIdentity { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Finished { get; init; }

    /// <summary>Until when a migration may build upon it.</summary>
    public DateTimeOffset? Lapses { get; init; }
}

/// <summary>One line of the audit log.</summary>
internal sealed record EventResource
{
    public required string Id { get; init; }

    public required string EventTypeName { get; init; }

    public required DateTimeOffset Created { get; init; }

    public string? OrgId { get; init; }

    public string? GroupId { get; init; }

    public string? LiveMigrationId { get; init; }

    public string? ActorId { get; init; }

    public string? ActorName { get; init; }

    public string? RemoteAddress { get; init; }

    public JsonNode? Details { get; init; }
}

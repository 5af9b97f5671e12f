using Godwit.Contracts;
using Godwit.Contracts.Agents;

namespace Godwit.Hub.Requests;

/// <summary>What a request asks for, checked and resolved; without any secret that the Hub could open.</summary>
/// <param name="Source">How the host reaches the source.</param>
/// <param name="SourceOrganizationId">Whose the source is.</param>
/// <param name="HostId">The migration host.</param>
/// <param name="HostName">Its name.</param>
/// <param name="ClusterId">The destination cluster.</param>
/// <param name="ClusterName">Its name.</param>
/// <param name="HasUsers">Whether the destination wants a user.</param>
/// <param name="BlocksSource">Whether the source is write-blocked at cutover.</param>
/// <param name="AcceptsVersion">Whether versions below the floor are accepted.</param>
/// <param name="Sharding">Which collections are sharded on the destination, as JSON; <see langword="null"/> for none.</param>
/// <param name="ClearsDestination">Whether what the destination holds is dropped at the start (P2).</param>
/// <param name="Standby">Names of the hosts that go on by themselves if the first is lost, with commas between.</param>
/// <param name="Options">What of the source goes, and how; rules for documents encrypted by the Hub.</param>
/// <param name="Connection">Which way the host takes to the destination: PUBLIC, VPC_PEERING or PRIVATE_LINK.</param>
/// <param name="PrivateLinkId">The private endpoint, for PRIVATE_LINK.</param>
/// <param name="ClearNamespaces">Names of what is dropped, one a line; empty for all that the destination holds.</param>
/// <param name="ReversesId">The migration that it turns round; <see langword="null"/> for none.</param>
/// <param name="IsBackwards">Whether it moves from the destination to the source: it turns one round that did not.</param>
/// <param name="CopiesUsers">Whether the destination gets the source's users and roles at the end (E07).</param>
/// <param name="CutoverWindows">Times of the week, in UTC, in which a cutover may be asked for, one a line; empty for always.</param>
internal sealed record MigrationPlan(
    SourceAccess Source,
    string SourceOrganizationId,
    string HostId,
    string HostName,
    string ClusterId,
    string ClusterName,
    bool HasUsers,
    bool BlocksSource,
    bool AcceptsVersion,
    string? Sharding = null,
    bool ClearsDestination = false,
    string Standby = "",
    EngineOptions? Options = null,
    string Connection = RequestFields.Public,
    string? PrivateLinkId = null,
    string ClearNamespaces = "",
    string? ReversesId = null,
    bool IsBackwards = false,
    bool CopiesUsers = false,
    string CutoverWindows = ""
)
{
    internal IReadOnlyList<string> StandbyHosts => Standby.Split(',', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What is dropped of what the destination holds; <see langword="null"/> for all of it.</summary>
    internal IReadOnlyList<string>? NamespacesToClear => ClearNamespaces.Length == 0 ? null : Lines(ClearNamespaces);

    /// <summary>When a cutover may be asked for.</summary>
    internal WeeklyHours CutoverHours => WeeklyHours.Parse(Lines(CutoverWindows));

    /// <summary>The cluster that is moved from.</summary>
    internal string From => IsBackwards ? ClusterName : Source.ClusterName;

    /// <summary>The cluster that is moved to.</summary>
    internal string To => IsBackwards ? Source.ClusterName : ClusterName;

    internal bool IsRehearsal => Options is { IsRehearsal: true };

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Without what is sealed anew each time.</summary>
    private MigrationPlan Plain =>
        this with
        {
            Source = Source with { SealedPassword = null },
            Options = (Options ?? EngineOptions.None) with { SealedRules = null },
        };

    /// <summary>Whether it asks for the same, whatever password it was sent with.</summary>
    internal bool IsSameAs(MigrationPlan other) => Plain == other.Plain;
}

namespace Godwit.Contracts.Agents;

/// <summary>Where hosts speak with the Hub.</summary>
internal static class AgentRoutes
{
    /// <summary>The certificate of the Hub's own authority, as PEM; known by the token's fingerprint.</summary>
    internal const string Authority = "/agents/v1/authority";

    /// <summary>Exchanges a token for a credential.</summary>
    internal const string Join = "/agents/v1/join";

    /// <summary>Exchanges a credential for one that lasts longer.</summary>
    internal const string Renew = "/agents/v1/renew";

    /// <summary>Says who the host is, or why it is not let in.</summary>
    internal const string Self = "/agents/v1/self";

    /// <summary>Whether the link of a source organisation holds, by the path of Cloud Manager's API; hosts ask it by their certificate.</summary>
    internal const string LinkStatus = "/api/public/v1.0/orgs/{orgId}/liveExport/migrationLink/status";

    /// <summary>Makes a key for a further host of the same organisation.</summary>
    internal const string HostKeys = "/agents/v1/hostKeys";

    /// <summary>Turns the collecting of statistics of a source project on or off (A08).</summary>
    internal const string Statistics = "/agents/v1/statistics";

    /// <summary>The long-lived connection.</summary>
    internal const string Connection = "/agents/v1/connection";

    /// <summary>What the host calls there: its report for the orders that hold.</summary>
    internal const string Exchange = "Exchange";

    /// <summary>What the Hub calls there: orders have changed, ask for them.</summary>
    internal const string Wake = "Wake";

    /// <summary>What the Hub asks there for Orleans' dashboard: a <see cref="DashboardQuestion"/>.</summary>
    internal const string Dashboard = "Dashboard";
}

/// <summary>A host asks to be let in.</summary>
/// <param name="TokenId">Which token.</param>
/// <param name="Secret">The token's secret.</param>
/// <param name="CertificateRequest">PKCS #10 in PEM, for a key made on the host.</param>
/// <param name="Host">What it is.</param>
internal sealed record JoinRequest(string TokenId, string Secret, string CertificateRequest, HostReport Host);

/// <summary>It is let in.</summary>
/// <param name="HostId">Its id from now on.</param>
/// <param name="OrganizationId">The source organisation it belongs to.</param>
/// <param name="ProjectId">The project that its clusters belong to unless they say otherwise.</param>
/// <param name="DestinationOrganizationId">Whom the link leads to.</param>
/// <param name="DestinationOrganizationName">Its name.</param>
/// <param name="Certificate">The host's certificate, PEM.</param>
internal sealed record JoinAnswer(
    string HostId,
    string OrganizationId,
    string ProjectId,
    string DestinationOrganizationId,
    string DestinationOrganizationName,
    string Certificate
);

/// <summary>A person on the source side says whether sizes of databases may be asked for (A08, P5).</summary>
/// <param name="ProjectId">The source project.</param>
/// <param name="Collects">Whether they may.</param>
internal sealed record StatisticsRequest(string ProjectId, bool Collects);

/// <summary>Who a host is for its Hub.</summary>
/// <param name="HostId">Its id.</param>
/// <param name="Name">Its name there.</param>
/// <param name="HubVersion">Godwit's version on the Hub; <see langword="null"/> of one that does not say.</param>
internal sealed record SelfAnswer(string HostId, string Name, string? HubVersion = null);

/// <summary>Whether a link holds, as Cloud Manager's API says it on the source side (M-010).</summary>
/// <param name="Status">SYNCED, or NOT_SYNCED.</param>
internal sealed record LinkStatus(string Status)
{
    internal const string Synced = "SYNCED";
    internal const string NotSynced = "NOT_SYNCED";
}

/// <summary>A host asks for its next certificate.</summary>
/// <param name="CertificateRequest">PKCS #10 in PEM.</param>
internal sealed record RenewRequest(string CertificateRequest);

/// <summary>The next certificate, PEM.</summary>
internal sealed record RenewAnswer(string Certificate);

/// <summary>What a host is (A06).</summary>
/// <param name="Name">Its host name: what requests name it by.</param>
/// <param name="Version">Godwit's version there.</param>
/// <param name="OperatingSystem">Its operating system and architecture.</param>
/// <param name="Processors">Processors the agent may use.</param>
/// <param name="MemoryBytes">Memory the agent may use.</param>
/// <param name="DiskFreeBytes">Free bytes where the agent keeps its data.</param>
/// <param name="Addresses">Its own addresses, loopback left out.</param>
/// <param name="SealingKey">Public key that secrets for it are sealed to, base64.</param>
/// <param name="Sharing">How it shares migrations with other hosts; <see langword="null"/> if it does not.</param>
/// <param name="Abilities">What it can be asked for of what not every version knows (<see cref="HostAbilities"/>).</param>
/// <param name="MigrationsMax">How many migrations it takes at a time.</param>
/// <param name="Limits">What else it takes upon itself; <see langword="null"/> of an agent that does not know such limits.</param>
internal sealed record HostReport(
    string Name,
    string Version,
    string OperatingSystem,
    int Processors,
    long MemoryBytes,
    long DiskFreeBytes,
    IReadOnlyList<string> Addresses,
    string SealingKey,
    ReportedSharing? Sharing = null,
    IReadOnlyList<string>? Abilities = null,
    int MigrationsMax = 1,
    ReportedLimits? Limits = null
);

/// <summary>What the source side lets a Hub ask of a host (P9): said on the host, shown by the Hub, never changed by it.</summary>
/// <param name="Destinations">Names or blocks that destinations may stand at; none for any.</param>
/// <param name="Organizations">Ids of organisations that may be migrated to; none for any.</param>
/// <param name="AuthorityFolder">Where CA files lie that a request may name; <see langword="null"/> for anywhere.</param>
/// <param name="MegabytesPerSecond">Megabytes of documents that it reads a second in all; 0 for no limit.</param>
/// <param name="DocumentsPerSecond">Documents that it reads a second in all; 0 for no limit.</param>
/// <param name="Hours">Times of the week in which it copies, by its own clock; none for always.</param>
internal sealed record ReportedLimits(
    IReadOnlyList<string> Destinations,
    IReadOnlyList<string> Organizations,
    string? AuthorityFolder,
    int MegabytesPerSecond,
    int DocumentsPerSecond,
    IReadOnlyList<string> Hours
)
{
    /// <summary>Whether anything is bound at all.</summary>
    internal bool IsAny =>
        Destinations.Count + Organizations.Count + Hours.Count + MegabytesPerSecond + DocumentsPerSecond > 0
        || AuthorityFolder is not null;
}

/// <summary>How a host shares migrations with the other hosts of its organisation.</summary>
/// <param name="Place">Where they find each other, without secrets.</param>
/// <param name="Fault">Why it does not find them; <see langword="null"/> if it does.</param>
/// <param name="Missing">Migrations it helps with of which it, though among the others, has not reached the host that leads for a while.</param>
internal sealed record ReportedSharing(string Place, string? Fault, IReadOnlyList<string>? Missing = null);

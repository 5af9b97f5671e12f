namespace Godwit.Contracts.Agents;

/// <summary>What a host knows, whole each time.</summary>
/// <param name="Instance">This life of the process: two at once of one identity are noticed (P10).</param>
/// <param name="Host">What the host is.</param>
/// <param name="Inventory">Clusters it watches.</param>
/// <param name="Validations">Validations it runs or has run and was not told to forget.</param>
/// <param name="Migrations">Migrations it has.</param>
internal sealed record AgentReport(
    string Instance,
    HostReport Host,
    IReadOnlyList<ReportedDeployment> Inventory,
    IReadOnlyList<ReportedValidation> Validations,
    IReadOnlyList<ReportedMigration> Migrations
);

/// <summary>A cluster that a host watches (A07).</summary>
/// <param name="Name">Its name in the inventory.</param>
/// <param name="ProjectId">Its project.</param>
/// <param name="Address">Connection string without secrets.</param>
/// <param name="IsManaged">Whether the host holds credentials for it (P14).</param>
/// <param name="Fault">Why it could not be looked at; <see langword="null"/> if it could.</param>
/// <param name="Identity">Id of the replica set or cluster.</param>
/// <param name="Version">Server version.</param>
/// <param name="FeatureCompatibilityVersion">As the server says.</param>
/// <param name="Shape">STANDALONE, REPLICA_SET or SHARDED.</param>
/// <param name="IsTls">Whether its connections are encrypted.</param>
/// <param name="DataBytes">Bytes of all documents; <see langword="null"/> if not asked for.</param>
/// <param name="OplogBytes">Bytes the oplog may take.</param>
/// <param name="OplogWindowSeconds">How far it reaches back.</param>
/// <param name="Members">Members that hold data.</param>
/// <param name="LookedAt">When.</param>
/// <param name="Collections">Its largest collections, if sizes may be asked for.</param>
internal sealed record ReportedDeployment(
    string Name,
    string ProjectId,
    string Address,
    bool IsManaged,
    string? Fault,
    string? Identity,
    string? Version,
    string? FeatureCompatibilityVersion,
    string? Shape,
    bool IsTls,
    long? DataBytes,
    long? OplogBytes,
    long? OplogWindowSeconds,
    int Members,
    DateTimeOffset LookedAt,
    IReadOnlyList<ReportedSourceCollection>? Collections = null
);

/// <summary>A collection of a source, with what it could be sharded by on a sharded destination (B05).</summary>
/// <param name="Database">Its database.</param>
/// <param name="Collection">Its name there.</param>
/// <param name="Documents">Estimated number of documents.</param>
/// <param name="DataBytes">Their bytes.</param>
/// <param name="Keys">Shard keys that an index of it supports, as JSON.</param>
internal sealed record ReportedSourceCollection(
    string Database,
    string Collection,
    long Documents,
    long DataBytes,
    IReadOnlyList<string> Keys
);

/// <summary>A validation as far as it has come.</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsFinished">Whether every check is done.</param>
/// <param name="Checks">Checks that are done.</param>
/// <param name="SourceIdentity">The deployment that was found.</param>
/// <param name="DestinationIdentity">The deployment that was found.</param>
/// <param name="ToClear">What the destination holds, where it is to be cleared.</param>
internal sealed record ReportedValidation(
    string Id,
    bool IsFinished,
    IReadOnlyList<ReportedCheck> Checks,
    string? SourceIdentity,
    string? DestinationIdentity,
    IReadOnlyList<CollectionToClear>? ToClear = null
);

/// <summary>One check.</summary>
/// <param name="Id">Stable id.</param>
/// <param name="State">PASSED, WARNING, FAILED or SKIPPED.</param>
/// <param name="Message">What was found.</param>
/// <param name="Remedy">What to do; empty if nothing.</param>
internal sealed record ReportedCheck(string Id, string State, string Message, string Remedy);

/// <summary>A migration as the host sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Revision">The newest order that is obeyed.</param>
/// <param name="Activity">What the host does with it.</param>
/// <param name="Progress">Where it stands; <see langword="null"/> before it ran.</param>
/// <param name="Failure">Why it stopped.</param>
/// <param name="Report">The engine's report as JSON, once there is one.</param>
/// <param name="Goal">What the newest order says; a Hub that has gone back in time learns it from here (P3).</param>
/// <param name="MoreCollections">Collections beyond those of its progress, packed (<see cref="ReportSize"/>).</param>
/// <param name="PackedReport">The report, where it is long.</param>
internal sealed record ReportedMigration(
    string Id,
    long Revision,
    MigrationActivity Activity,
    ReportedProgress? Progress,
    ReportedFailure? Failure,
    string? Report,
    MigrationGoal? Goal = null,
    string? MoreCollections = null,
    string? PackedReport = null
);

/// <summary>What a host does with a migration.</summary>
internal enum MigrationActivity
{
    /// <summary>It waits for its turn, or for an approval on the source side (P9).</summary>
    Waiting,

    /// <summary>Checks are repeated before the start (P17).</summary>
    Checking,

    /// <summary>An engine runs.</summary>
    Running,

    /// <summary>A cluster does not answer; it is tried again.</summary>
    Retrying,

    /// <summary>Stopped at a checkpoint.</summary>
    Paused,

    /// <summary>Cut over.</summary>
    Committed,

    /// <summary>Given up.</summary>
    Cancelled,

    /// <summary>Stopped for a reason that needs a person.</summary>
    Failed,

    /// <summary>What was asked for after its end is done.</summary>
    FollowedUp,
}

/// <summary>Why a migration stopped.</summary>
/// <param name="Code">Stable name.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record ReportedFailure(string Code, string Message, string Remedy);

/// <summary>Where a migration stands (D01).</summary>
/// <param name="Phase">PREPARING, COPYING, APPLYING, IN_SYNC, FINALISING or DONE.</param>
/// <param name="DocumentsCopied">Documents written by the copy.</param>
/// <param name="BytesCopied">Their bytes.</param>
/// <param name="BytesEstimated">Bytes to copy.</param>
/// <param name="EventsApplied">Change events applied.</param>
/// <param name="EventsWaiting">Change events read and not applied.</param>
/// <param name="LagSeconds">How far the destination is behind.</param>
/// <param name="VerifiedShare">Share of the data whose newest comparison holds, 0 to 1.</param>
/// <param name="Differences">Differences found.</param>
/// <param name="Healed">Differences healed.</param>
/// <param name="CanCutOver">Whether a cutover asked for now would begin.</param>
/// <param name="IsDecided">Whether the cutover is decided.</param>
/// <param name="ForecastDowntimeMilliseconds">How long applications would wait at a cutover now.</param>
/// <param name="HistoryLeftSeconds">How long a pause may last before the source's oplog is overwritten.</param>
/// <param name="Collections">One entry a collection, those that are not copied first; not all of them where there are thousands.</param>
/// <param name="Warnings">What a person should know.</param>
/// <param name="IndexesBuilt">Indexes built on the destination in this run.</param>
/// <param name="IndexBuilds">Those being built now.</param>
/// <param name="CollectionsCount">How many collections there are, where not all are listed; 0 otherwise.</param>
/// <param name="Shards">Each shard of either side, where there are any.</param>
/// <param name="Hosts">Each host that works on it, the one that leads first; <see langword="null"/> for one alone.</param>
internal sealed record ReportedProgress(
    string Phase,
    long DocumentsCopied,
    long BytesCopied,
    long BytesEstimated,
    long EventsApplied,
    long EventsWaiting,
    double? LagSeconds,
    double VerifiedShare,
    int Differences,
    int Healed,
    bool CanCutOver,
    bool IsDecided,
    double? ForecastDowntimeMilliseconds,
    double? HistoryLeftSeconds,
    IReadOnlyList<ReportedCollection> Collections,
    IReadOnlyList<string> Warnings,
    int IndexesBuilt = 0,
    IReadOnlyList<ReportedIndexBuild>? IndexBuilds = null,
    int CollectionsCount = 0,
    IReadOnlyList<ReportedShard>? Shards = null,
    IReadOnlyList<ReportedWorker>? Hosts = null
);

/// <summary>What one host does of a migration that several share.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Leads">Whether it leads: follows changes, applies them, decides.</param>
/// <param name="Ranges">Ranges of documents that it is at work on; <see langword="null"/> for the one that leads.</param>
/// <param name="DocumentsCopied">Documents that it has copied since the one that leads began.</param>
/// <param name="DocumentsCompared">Documents that it has compared for it; <see langword="null"/> for the one that leads.</param>
/// <param name="Starts">How often its agent was started meanwhile.</param>
/// <param name="Fault">Why it does nothing, or why its last range failed there.</param>
/// <param name="BytesCopied">Bytes of the documents that it has copied.</param>
/// <param name="Streams">Change streams that it reads.</param>
/// <param name="ChangesWritten">Changes that it has written since the one that leads began.</param>
/// <param name="ChangeBytesWritten">Their bytes.</param>
internal sealed record ReportedWorker(
    string Name,
    bool Leads,
    int? Ranges,
    long DocumentsCopied,
    long? DocumentsCompared,
    int Starts,
    string? Fault,
    long BytesCopied = 0,
    int? Streams = null,
    long? ChangesWritten = null,
    long? ChangeBytesWritten = null
);

/// <summary>A shard as it was seen last; what could not be asked is <see langword="null"/>.</summary>
/// <param name="Side">SOURCE or DESTINATION.</param>
/// <param name="Name">Its name.</param>
/// <param name="Documents">Documents that it holds.</param>
/// <param name="DataBytes">Their bytes.</param>
/// <param name="Chunks">Ranges of sharded collections that it holds.</param>
/// <param name="Members">Members that hold data.</param>
/// <param name="OplogWindowSeconds">How far its oplog reaches back.</param>
/// <param name="Fault">What is wrong with it, or why it could not be asked.</param>
internal sealed record ReportedShard(
    string Side,
    string Name,
    long? Documents,
    long? DataBytes,
    long? Chunks,
    int? Members,
    double? OplogWindowSeconds,
    string? Fault
);

/// <summary>Indexes that are being built on the destination.</summary>
/// <param name="Collection">Of which collection.</param>
/// <param name="Indexes">Their names.</param>
/// <param name="Seconds">For how long.</param>
internal sealed record ReportedIndexBuild(string Collection, IReadOnlyList<string> Indexes, double Seconds);

/// <summary>Where one collection stands.</summary>
/// <param name="Name">Its namespace.</param>
/// <param name="DocumentsEstimated">Documents it had when it was planned.</param>
/// <param name="DocumentsCopied">Documents written.</param>
/// <param name="BytesEstimated">Bytes it had.</param>
/// <param name="BytesCopied">Bytes written.</param>
/// <param name="IsCopied">Whether the copy is done.</param>
/// <param name="IsVerified">Whether its newest comparison found both sides equal.</param>
internal sealed record ReportedCollection(
    string Name,
    long DocumentsEstimated,
    long DocumentsCopied,
    long BytesEstimated,
    long BytesCopied,
    bool IsCopied,
    bool IsVerified
);

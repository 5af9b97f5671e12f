using System.Reflection;
using System.Runtime.InteropServices;

namespace Godwit.Engine.Reporting;

/// <summary>What a migration did, for people and auditors: what, when, counts, hashes, differences, downtime (H16).</summary>
internal sealed record MigrationReport
{
    /// <summary>The migration's id.</summary>
    public required string MigrationId { get; init; }

    /// <summary>How it ended, or stands.</summary>
    public required MigrationOutcome Outcome { get; init; }

    /// <summary>What may be said about the data on both sides (S24).</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Why it stopped, where it did; <see langword="null"/> otherwise.</summary>
    public ReportedFailure? Failure { get; init; }

    /// <summary>Where the data came from.</summary>
    public required ReportedCluster Source { get; init; }

    /// <summary>Where the data went.</summary>
    public required ReportedCluster Destination { get; init; }

    /// <summary>Wall time of the first start.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Wall time of the end; of the report itself while the migration is not finished.</summary>
    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>From the last accepted source write to the first acceptable destination write; <see langword="null"/> without a cutover.</summary>
    public TimeSpan? Downtime { get; init; }

    /// <summary>Whether the source was write-blocked at cutover.</summary>
    public bool WasSourceBlocked { get; init; }

    /// <summary>Whether it was a rehearsal: the destination is what the source was at the time of the comparison, and applications stayed where they were.</summary>
    public bool WasRehearsal { get; init; }

    /// <summary>How often the migration was taken up again after a stop, a crash or a takeover.</summary>
    public int Resumptions { get; init; }

    /// <summary>The program and the host that wrote this report.</summary>
    public ReportedEnvironment Environment { get; init; } = ReportedEnvironment.Unknown;

    /// <summary>Totals over all collections.</summary>
    public required ReportedTotals Totals { get; init; }

    /// <summary>Cluster time on the source, and on the destination, of the last comparison; texts <c>seconds:increment</c>.</summary>
    public string ComparedAt { get; init; } = "";

    /// <summary>One row a collection or view.</summary>
    public IReadOnlyList<ReportedCollection> Collections { get; init; } = [];

    /// <summary>Differences that were found, healed ones included.</summary>
    public IReadOnlyList<ReportedDifference> Differences { get; init; } = [];

    /// <summary>What a person should know, oldest first: late writes, fallbacks taken, refusals.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}

/// <summary>How a migration stands.</summary>
internal enum MigrationOutcome
{
    /// <summary>Cut over: the destination is the truth now.</summary>
    Committed,

    /// <summary>Stopped at a checkpoint, to be taken up again.</summary>
    Paused,

    /// <summary>Stopped by an error that needs a person.</summary>
    Failed,
}

/// <summary>What is known of the equality of both sides.</summary>
/// <param name="Text">"identical", "identical after healing n", "different", or "not proven".</param>
/// <param name="Reason">Why it is not proven; empty otherwise.</param>
internal sealed record Verdict(string Text, string Reason = "")
{
    internal static readonly Verdict Identical = new("identical");

    /// <summary>Whether the text claims that both sides are the same.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsProven => Text.StartsWith("identical", StringComparison.Ordinal);

    internal static Verdict IdenticalAfterHealing(int healed) =>
        healed == 0 ? Identical : new(FormattableString.Invariant($"identical after healing {healed}"));

    internal static Verdict Different(int differences) =>
        new("different", FormattableString.Invariant($"{differences} differences"));

    internal static Verdict NotProven(string reason) => new("not proven", reason);
}

/// <summary>Why a migration stopped.</summary>
/// <param name="Code">Stable name, such as <c>SourceHistoryChanged</c>.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Remedy">What a person can do about it.</param>
internal sealed record ReportedFailure(string Code, string Message, string Remedy);

/// <summary>A cluster as the report names it, without secrets.</summary>
/// <param name="Address">Connection string without its password.</param>
/// <param name="Identity">The replica set's id.</param>
/// <param name="Version">Server version.</param>
internal sealed record ReportedCluster(string Address, string Identity, string Version);

/// <summary>What a migration was run with.</summary>
/// <param name="Program">Godwit's version, with the commit it was built from.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="System">The operating system and processor architecture.</param>
/// <param name="Processors">Processors the process may use.</param>
internal sealed record ReportedEnvironment(string Program, string Runtime, string System, int Processors)
{
    /// <summary>That of a report that does not say.</summary>
    internal static readonly ReportedEnvironment Unknown = new("", "", "", 0);

    internal static ReportedEnvironment OfThisProcess() =>
        new(
            typeof(ReportedEnvironment)
                .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
                ?.InformationalVersion
                ?? "",
            RuntimeInformation.FrameworkDescription,
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}",
            global::System.Environment.ProcessorCount
        );
}

/// <summary>Totals of a migration.</summary>
/// <param name="Collections">Collections and views carried over.</param>
/// <param name="DocumentsCopied">Documents written by the copy since the migration was last taken up, repeated ranges included.</param>
/// <param name="BytesCopied">Bytes of these documents.</param>
/// <param name="CopyDuration">From the last start to the end of the copy.</param>
/// <param name="ChangesApplied">Change events applied.</param>
/// <param name="DefinitionsApplied">Of these, changes of collections and indexes.</param>
/// <param name="DocumentsReread">Documents read again instead of applying a delta (S12).</param>
/// <param name="DocumentsCompared">Documents hashed on both sides, repeated comparisons included.</param>
/// <param name="Healed">Differences healed (S24).</param>
internal sealed record ReportedTotals(
    int Collections,
    long DocumentsCopied,
    long BytesCopied,
    TimeSpan CopyDuration,
    long ChangesApplied,
    long DefinitionsApplied,
    long DocumentsReread,
    long DocumentsCompared,
    int Healed
);

/// <summary>One collection in the report.</summary>
/// <param name="Name">Its namespace.</param>
/// <param name="Kind">"collection", "time-series" or "view"; documents of a time-series collection are its buckets.</param>
/// <param name="Documents">Documents of the source at the cutover; if <paramref name="Hash"/> is empty, when its ranges were last compared whole.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Hash">Order-independent sum over the hashes of its documents, hexadecimal; equal on both sides if <paramref name="IsIdentical"/>. Empty if the source no longer remembered its state at the cutover.</param>
/// <param name="Indexes">Number of indexes.</param>
/// <param name="IsIdentical">Whether data, options and indexes were found equal.</param>
internal sealed record ReportedCollection(
    string Name,
    string Kind,
    long Documents,
    long Bytes,
    string Hash,
    int Indexes,
    bool IsIdentical
);

/// <summary>One difference.</summary>
/// <param name="Collection">Its namespace.</param>
/// <param name="Key">The <c>_id</c> as relaxed extended JSON; empty where options or indexes differ.</param>
/// <param name="What">"missing on the destination", "not on the source", "different", or what differs in the definition.</param>
/// <param name="SourceHash">Hash of the source's document; empty if there is none.</param>
/// <param name="DestinationHash">Hash of the destination's document; empty if there is none.</param>
/// <param name="FoundAt">Wall time.</param>
/// <param name="IsHealed">Whether it was repaired and found equal afterwards.</param>
internal sealed record ReportedDifference(
    string Collection,
    string Key,
    string What,
    string SourceHash,
    string DestinationHash,
    DateTimeOffset FoundAt,
    bool IsHealed
);

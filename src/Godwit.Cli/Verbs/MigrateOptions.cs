using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Scoping;

namespace Godwit.Cli.Verbs;

/// <summary>What <c>godwit migrate</c> was asked for.</summary>
/// <param name="Source">Connection string of the source.</param>
/// <param name="Destination">Connection string of the destination.</param>
/// <param name="IgnoreExisting">Accept other collections on the destination.</param>
/// <param name="CutoverAutomatic">Cut over without waiting for a person.</param>
/// <param name="BlockSourceWrites">Block writes on the source at cutover.</param>
/// <param name="AcceptVersion">Accept versions below the floor.</param>
/// <param name="AcceptHistoryChange">Go on although the source has another history than before (S20).</param>
/// <param name="AcceptFilterChange">Go on although the filter or the mapping is another one than before.</param>
/// <param name="Scope">Which collections, and under which database names.</param>
/// <param name="Progress">How progress is shown.</param>
/// <param name="ReportFile">Where the report is written; <see langword="null"/> for nowhere.</param>
/// <param name="SpoolDirectory">Where events go that memory has no room for; <see langword="null"/> for nowhere.</param>
/// <param name="SpoolMegabytes">What the spool may take on disk.</param>
/// <param name="Limits">What may be asked of the source; <see langword="null"/> for what is kept with the migration.</param>
/// <param name="CarryZones">Carry zones over.</param>
/// <param name="Sharding">Which collections are sharded on the destination; <see langword="null"/> for none.</param>
/// <param name="Turning">Whether it may be reversed later, or reverses another one.</param>
/// <param name="ChangeStreams">How many change streams share the source's changes; <see langword="null"/> for as many as their rate needs.</param>
internal sealed record MigrateOptions(
    string Source,
    string Destination,
    bool IgnoreExisting,
    bool CutoverAutomatic,
    bool BlockSourceWrites,
    bool AcceptVersion,
    bool AcceptHistoryChange,
    bool AcceptFilterChange,
    NamespaceScope Scope,
    ProgressForm Progress,
    string? ReportFile,
    string? SpoolDirectory,
    int SpoolMegabytes,
    ReadLimits? Limits,
    bool CarryZones,
    ShardingOptions? Sharding,
    Turning Turning,
    int? ChangeStreams
)
{
    /// <summary>It ends before the cutover, as its source stood at a moment; applications stay where they are (H11).</summary>
    internal bool IsRehearsal { get; init; }

    /// <summary>Name of the migration, where the destination takes several at once; empty where it takes one.</summary>
    internal string Name { get; init; } = "";

    /// <summary>Which collections are copied in natural order.</summary>
    internal NaturalOrder NaturalOrder { get; init; } = NaturalOrder.None;

    /// <summary>Which indexes the destination gets; <see langword="null"/> for what is kept with the migration.</summary>
    internal IndexSelection? Indexes { get; init; }

    /// <summary>How this host shares the migration with others; <see langword="null"/> for not.</summary>
    internal HostsChoice? Hosts { get; init; }
}

/// <summary>What a migration has to do with turning round (S29).</summary>
internal enum Turning
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It may be reversed after its cutover.</summary>
    Reversible,

    /// <summary>It reverses one that is cut over.</summary>
    Reverse,
}

/// <summary>How progress is shown.</summary>
internal enum ProgressForm
{
    /// <summary>A live screen on a terminal, lines elsewhere.</summary>
    Auto,

    /// <summary>Lines.</summary>
    Plain,

    /// <summary>One JSON object a line on standard output, words on standard error.</summary>
    Json,
}

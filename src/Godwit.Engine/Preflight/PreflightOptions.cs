using Godwit.Engine.Planning;
using Godwit.Engine.Scoping;

namespace Godwit.Engine.Preflight;

/// <summary>What the person asked for, as far as preflight has to know.</summary>
public sealed record PreflightOptions
{
    /// <summary>Whether collections that are already on the destination are accepted, as long as none has a name of the source's.</summary>
    public bool IgnoreExisting { get; init; }

    /// <summary>Which collections are to be sharded on the destination; <see langword="null"/> for none.</summary>
    internal ShardingOptions? Sharding { get; init; }

    /// <summary>Which collections are migrated, and under which database names.</summary>
    internal NamespaceScope Scope { get; init; } = NamespaceScope.Everything;

    /// <summary>Name of the migration, where the destination takes several at once; empty where it takes one (S32).</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether the source is to be write-blocked at cutover.</summary>
    public bool BlockSourceWrites { get; init; }

    /// <summary>Whether versions below the supported floor are accepted.</summary>
    public bool AcceptVersion { get; init; }

    /// <summary>Whether the source may be another cluster than the one the recorded migration began with (S20).</summary>
    public bool AcceptHistoryChange { get; init; }

    /// <summary>Whether the migration is to be one that can be turned round after the cutover (S29).</summary>
    public bool IsReversible { get; init; }

    /// <summary>Whether the destination is the old source of a migration that is turned round: it holds what it held then (S29).</summary>
    public bool IsReverse { get; init; }

    /// <summary>Bytes per second the copy is expected to reach, for estimates.</summary>
    public long ExpectedBytesPerSecond { get; init; } = 40_000_000;
}

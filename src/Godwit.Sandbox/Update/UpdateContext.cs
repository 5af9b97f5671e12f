using Godwit.Bson;

namespace Godwit.Sandbox.Update;

/// <summary>What the meaning of an update depends on besides its own text.</summary>
internal sealed record UpdateContext
{
    /// <summary>The order of strings; <see langword="null"/> for that of their bytes.</summary>
    internal IStringCollation? Collation { get; init; }

    /// <summary>Reads a filter of <c>$pull</c> or <c>arrayFilters</c> and gives what tests a document by it.</summary>
    internal required Func<RawDocument, Func<RawDocument, bool>> ParseFilter { get; init; }

    /// <summary>Reads the stages of a pipeline and gives what takes one document through them.</summary>
    internal required Func<IReadOnlyList<RawDocument>, Func<RawDocument, RawDocument>> ParsePipeline { get; init; }

    /// <summary>The wall clock of the command, for <c>$currentDate</c>.</summary>
    internal required DateTimeOffset Now { get; init; }

    /// <summary>Takes the next cluster time, for timestamps of <c>$currentDate</c> and empty ones in replacements.</summary>
    internal required Func<ClusterTime> TickTime { get; init; }

    /// <summary>The command changes all documents that match.</summary>
    internal bool IsMulti { get; init; }

    /// <summary>Empty timestamps of a replacement are kept (<c>bypassEmptyTsReplacement</c>).</summary>
    internal bool KeepsEmptyTimestamps { get; init; }
}

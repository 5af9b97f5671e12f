using Godwit.Engine;
using Godwit.Engine.Reporting;

namespace Godwit.Sync.Running;

/// <summary>Where the service stands, at one moment.</summary>
internal sealed record SyncPicture(SyncState State)
{
    /// <summary>Whether a commit asked for now would be taken.</summary>
    internal bool CanCommit { get; init; }

    /// <summary>Whether applications may write to the destination.</summary>
    internal bool CanWrite { get; init; }

    /// <summary>Figures of the engine; <see langword="null"/> where none has run since the process began.</summary>
    internal MigrationProgress? Progress { get; init; }

    /// <summary>The report of a migration that has ended.</summary>
    internal MigrationReport? Report { get; init; }

    /// <summary>The source's label and first host; <see langword="null"/> before <c>start</c>.</summary>
    internal string? Source { get; init; }

    /// <summary>The destination's.</summary>
    internal string? Destination { get; init; }

    /// <summary>Milliseconds the source takes to answer.</summary>
    internal int? SourcePing { get; init; }

    /// <summary>Milliseconds the destination takes to answer.</summary>
    internal int? DestinationPing { get; init; }

    /// <summary>What a person should know, oldest first.</summary>
    internal IReadOnlyList<string> Warnings { get; init; } = [];
}

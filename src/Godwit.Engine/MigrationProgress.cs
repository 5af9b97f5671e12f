using Godwit.Bson;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;

namespace Godwit.Engine;

/// <summary>Where a migration stands, at one moment, for people and scripts. Figures are for display: nothing is decided by them.</summary>
internal sealed record MigrationProgress
{
    /// <summary>A migration that has not begun.</summary>
    internal static readonly MigrationProgress None = new();

    /// <summary>The phase.</summary>
    internal MigrationPhase Phase { get; init; } = MigrationPhase.Preparing;

    /// <summary>One entry a collection or view.</summary>
    internal IReadOnlyList<CollectionProgress> Collections { get; init; } = [];

    /// <summary>Documents written by the copy since this process took the migration up.</summary>
    internal long DocumentsCopied { get; init; }

    /// <summary>Their bytes.</summary>
    internal long BytesCopied { get; init; }

    /// <summary>Documents that were there already: copied by an earlier process, or found as they should be.</summary>
    internal long DocumentsKept { get; init; }

    /// <summary>Their bytes.</summary>
    internal long BytesKept { get; init; }

    /// <summary>Bytes that were estimated when the catalogue was listed.</summary>
    internal long BytesEstimated { get; init; }

    /// <summary>Change events applied, or found to be contained in what was copied.</summary>
    internal long EventsApplied { get; init; }

    /// <summary>Of those applied, what this process has written itself of a migration that hosts share.</summary>
    internal long ChangesWritten { get; init; }

    /// <summary>Their bytes.</summary>
    internal long ChangeBytesWritten { get; init; }

    /// <summary>Change streams that this process reads of a migration that hosts share.</summary>
    internal int OwnStreams { get; init; } = 1;

    /// <summary>Change events read and not applied yet.</summary>
    internal long EventsWaiting { get; init; }

    /// <summary>Change streams that the source's changes are read by (S10).</summary>
    internal int ChangeStreams { get; init; } = 1;

    /// <summary>How far the destination is behind, in cluster time of the source; <see langword="null"/> until events flow.</summary>
    internal TimeSpan? Lag { get; init; }

    /// <summary>Documents found equal on both sides so far, repeated comparisons included.</summary>
    internal long DocumentsVerified { get; init; }

    /// <summary>Share of the ranges whose newest comparison holds, from 0 to 1.</summary>
    internal double VerifiedShare { get; init; }

    /// <summary>Differences found.</summary>
    internal int Differences { get; init; }

    /// <summary>Differences healed.</summary>
    internal int Healed { get; init; }

    /// <summary>Indexes built on the destination since this process took the migration up.</summary>
    internal int IndexesBuilt { get; init; }

    /// <summary>Indexes being built there.</summary>
    internal IReadOnlyList<IndexBuildProgress> IndexBuilds { get; init; } = [];

    /// <summary>Whether a cutover asked for now would begin.</summary>
    internal bool CanCommit { get; init; }

    /// <summary>Whether the cutover is decided: applications may write to the destination (S26).</summary>
    internal bool IsDestinationOpen { get; init; }

    /// <summary>How long applications would have to wait at a cutover now (S25).</summary>
    internal TimeSpan? ForecastDowntime { get; init; }

    /// <summary>How much time the source's oplog leaves for a pause.</summary>
    internal TimeSpan? HistoryLeft { get; init; }

    /// <summary>What reading the source is held to.</summary>
    internal ReadLimits Limits { get; init; } = ReadLimits.Default;

    /// <summary>How long the source took last for a small read; <see langword="null"/> until it was asked.</summary>
    internal TimeSpan? SourceLatency { get; init; }

    /// <summary>Share of the time in which the source is read; below 1 while it takes longer than the limit for a small read.</summary>
    internal double ReadShare { get; init; } = 1;

    /// <summary>What a person should know, oldest first.</summary>
    internal IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>Phases as people see them (D01).</summary>
internal enum MigrationPhase
{
    /// <summary>Connecting, listing, planning.</summary>
    Preparing,

    /// <summary>Ranges are being copied; changes are applied to what is copied.</summary>
    Copying,

    /// <summary>Everything is copied; changes are being caught up with, and both sides compared.</summary>
    Applying,

    /// <summary>The destination follows closely: cutover may be asked for.</summary>
    InSync,

    /// <summary>Cutting over.</summary>
    Finalising,

    /// <summary>Cut over.</summary>
    Done,
}

/// <summary>Where one collection stands.</summary>
/// <param name="Name">Its namespace on the source.</param>
/// <param name="DocumentsEstimated">Documents it had when it was planned.</param>
/// <param name="DocumentsCopied">Documents written, by earlier processes too.</param>
/// <param name="BytesEstimated">Bytes it had when it was planned.</param>
/// <param name="BytesCopied">Bytes written.</param>
/// <param name="IsCopied">Whether all its ranges are copied.</param>
/// <param name="IsVerified">Whether its newest comparison found both sides equal.</param>
internal sealed record CollectionProgress(
    Namespace Name,
    long DocumentsEstimated,
    long DocumentsCopied,
    long BytesEstimated,
    long BytesCopied,
    bool IsCopied,
    bool IsVerified
);

using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Copying;
using Godwit.Engine.Cutover;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Recovery;
using Godwit.Engine.Verifying;

namespace Godwit.Engine.Lifecycle;

/// <summary>What one life of a migration is made of.</summary>
internal sealed record LifeParts(
    SyncState State,
    CatalogueKeeper Keeper,
    TokenHistory Tokens,
    DifferenceLog Log,
    VerificationBook Book,
    AlignedBarrier Barrier,
    DestinationWatcher Watcher,
    Verifier Verifier,
    CollectionSums Sums,
    DefinitionChanger Changer,
    CutoverRunner Cutover,
    DestinationBlock Block,
    Pulse CheckpointWanted,
    CheckpointWriter Checkpoints,
    Steering Steering,
    HistoryGauge Gauge,
    SourceClock Clock,
    ReadPacer Pacer,
    RangeHands Hands,
    IndexBuilds Builds
);

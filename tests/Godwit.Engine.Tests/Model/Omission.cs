namespace Godwit.Engine.Tests.Model;

/// <summary>A rule left out on purpose, to show that the model can fail.</summary>
public enum Omission
{
    /// <summary>All rules are kept.</summary>
    None,

    /// <summary>S16: nothing is re-read after a crash.</summary>
    NoRecovery,

    /// <summary>S16: lanes run ahead of the saved ceiling.</summary>
    NoCeiling,

    /// <summary>S16: a saved ceiling may lie below the as-of time of a document.</summary>
    LowCeiling,

    /// <summary>S17: writes in flight at a crash may run later.</summary>
    NoFence,

    /// <summary>S5: events of an open range are not kept waiting once their document is written.</summary>
    Overtake,

    /// <summary>S5: a range is read at the frontier, just below the newest event seen.</summary>
    OpenAtFrontier,

    /// <summary>S5: a range is read earlier than events seen.</summary>
    Stale,

    /// <summary>S7: an interrupted range is not cleaned of deleted keys.</summary>
    NoCleaning,

    /// <summary>S10: the newest event's time counts as complete.</summary>
    HalfFrame,

    /// <summary>S10: what one of several streams brings is taken before the others have come that far.</summary>
    MergeByArrival,

    /// <summary>S10: after a crash streams go on behind what they had brought, though it was not written yet.</summary>
    PositionsAhead,

    /// <summary>S12: events of prepared transactions are applied as plain deltas.</summary>
    PreparedAsDeltas,

    /// <summary>S21: keys beyond the barrier are compared too.</summary>
    CompareAhead,

    /// <summary>S14: a write counts as done before a majority has it.</summary>
    EagerAcknowledgement,

    /// <summary>S12, S14: what stands behind a dirty key in its lane is applied all the same.</summary>
    ApplyBehindDoubt,

    /// <summary>S12: which keys were read again is forgotten, and nothing more is read for it.</summary>
    ForgetWithoutDoubt,

    /// <summary>S12: which keys were read again is forgotten while lanes hold events that are older than those documents.</summary>
    ForgetWithFullLanes,

    /// <summary>S1: events find their collection by name instead of UUID.</summary>
    ByName,

    /// <summary>S19: collections that appear, vanish or change names during the run are not followed.</summary>
    IgnoreDefinitions,

    /// <summary>S1a: a collection is read at a time before it was listed, though no event may carry what filled it.</summary>
    ReadBeforeListed,

    /// <summary>S1a: what was on its way to a copy arrives after another identity has taken it over.</summary>
    NoFenceAtMove,

    /// <summary>S1a: what stands on the destination is taken for what the source has after a move.</summary>
    TrustAfterMove,

    /// <summary>S1a: a collection that no event tells of is not looked for.</summary>
    IgnoreSilentMoves,

    /// <summary>S29: a reverse takes the old source for what it was at the cutover, though it was written to since.</summary>
    TrustOldSource,

    /// <summary>S28, S29: a reverse follows the other side from when it is asked for, not from the cutover.</summary>
    TurnFromNow,

    /// <summary>S30: what puts a document at the end of an order gives way to reading it again, as anything else does.</summary>
    PlaceAsOthers,

    /// <summary>S30: a document that was read again is written before everything up to that read is known.</summary>
    UnripeRereads,

    /// <summary>S8: what was read in passing counts as of the time it was begun.</summary>
    PassingAtBegin,

    /// <summary>S8: a document that changed while it was read in passing counts as of the end of that.</summary>
    PassingRereadAtEnd,

    /// <summary>S8: what was read in natural order counts as of the end of that, so that no key of the interval is dirty.</summary>
    NaturalAtEnd,

    /// <summary>S8: a read in natural order may show what was before the time that events wait from.</summary>
    NaturalBeforeBegin,

    /// <summary>S8: where the cursor of a read in natural order is lost, events wait from then on only, and what is written stays.</summary>
    NaturalFromTheLoss,

    /// <summary>S25: a unique index is enforced on the destination from the start.</summary>
    UniqueFromTheStart,
}

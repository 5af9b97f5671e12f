using Godwit.Bson;

namespace Godwit.Engine.Cutover;

/// <summary>What the journal of a cutover says (S26).</summary>
internal enum CommitState
{
    /// <summary>No cutover was begun.</summary>
    None,

    /// <summary>The source may be blocked; nothing is decided.</summary>
    Blocking,

    /// <summary>The cutover was given up; the source is released.</summary>
    Aborted,

    /// <summary>The destination is the truth; the source stays blocked until a person lifts it.</summary>
    Decided,

    /// <summary>Everything after the decision is done too.</summary>
    Committed,
}

/// <summary>What is asked of the journal.</summary>
internal enum CommitCommand
{
    /// <summary>Begin a cutover.</summary>
    Block,

    /// <summary>Give it up.</summary>
    Abort,

    /// <summary>The data are proven equal: decide.</summary>
    Decide,

    /// <summary>Constraints are in force.</summary>
    Finish,
}

/// <summary>
/// The journal that decides a cutover, as a value. A command is either legal and gives the next value, or refused; the shell saves the
/// next value on the condition that its epoch still holds the migration, and acts only after that.
/// </summary>
/// <param name="State">Where it stands.</param>
/// <param name="IsSourceBlocked">Whether the source was, or may have been, blocked by this cutover.</param>
/// <param name="FinalTime">The destination's time at which it was decided: where a reverse would start (S28).</param>
/// <param name="SourceTime">The source's time of that proof: what comes to it later, a reverse finds in its history (S29).</param>
/// <param name="Healed">Differences that had been healed when both sides were proven equal: what the report says of them (S24).</param>
/// <param name="Strays">
/// What others did to the destination between the last comparison and the decision, in words; empty if nothing, <see langword="null"/>
/// while nobody has looked.
/// </param>
/// <param name="IsRehearsal">Whether only a rehearsal has ended: no application has gone over.</param>
internal sealed record CommitJournal(
    CommitState State,
    bool IsSourceBlocked,
    ClusterTime FinalTime,
    ClusterTime SourceTime,
    int Healed,
    string? Strays = null,
    bool IsRehearsal = false
)
{
    internal static readonly CommitJournal Empty = new(CommitState.None, false, ClusterTime.Zero, ClusterTime.Zero, 0);

    /// <summary>Nothing opens the destination before the decision.</summary>
    internal bool IsDestinationOpen => State is CommitState.Decided or CommitState.Committed;

    /// <summary>A block left behind is lifted by whoever takes over, and only by giving the cutover up.</summary>
    internal bool MustReleaseSource => State == CommitState.Aborted && IsSourceBlocked;

    /// <summary>The next value; <see langword="null"/> if the command is refused.</summary>
    internal CommitJournal? Decide(
        CommitCommand command,
        bool blocksSource = false,
        ClusterTime finalTime = default,
        ClusterTime sourceTime = default,
        int healed = 0
    ) =>
        (State, command) switch
        {
            (CommitState.None or CommitState.Aborted, CommitCommand.Block) when !MustReleaseSource => new(
                CommitState.Blocking,
                blocksSource,
                ClusterTime.Zero,
                ClusterTime.Zero,
                0
            ),
            (CommitState.Blocking, CommitCommand.Abort) => this with { State = CommitState.Aborted },
            (CommitState.Blocking, CommitCommand.Decide) => this with
            {
                State = CommitState.Decided,
                FinalTime = finalTime,
                SourceTime = sourceTime,
                Healed = healed,
            },
            (CommitState.Decided, CommitCommand.Finish) => this with { State = CommitState.Committed },
            _ => null,
        };

    /// <summary>Somebody has looked what others did to the destination before the decision.</summary>
    internal CommitJournal Looked(string strays) => this with { Strays = strays };

    /// <summary>The source's block is lifted.</summary>
    internal CommitJournal Released() => this with { IsSourceBlocked = false };

    internal RawDocument ToDocument() =>
        new DocumentBuilder
        {
            { "state", State.ToString() },
            { "sourceBlocked", IsSourceBlocked },
            { "finalTime", FinalTime },
            { "sourceTime", SourceTime },
            { "healed", Healed },
            { "strays", Strays is null ? RawValue.Missing : Strays },
            { "rehearsal", IsRehearsal ? true : RawValue.Missing },
        }.Build();

    internal static CommitJournal Parse(RawValue value) =>
        value.IsMissing
            ? Empty
            : new(
                Enum.Parse<CommitState>(value.AsDocument["state"].AsString),
                value.AsDocument["sourceBlocked"].AsBoolean,
                value.AsDocument["finalTime"].AsTimestamp,
                value.AsDocument.TryGet("sourceTime", out var time) ? time.AsTimestamp : ClusterTime.Zero,
                value.AsDocument["healed"].AsInt32,
                value.AsDocument.TryGet("strays", out var strays) ? strays.AsString : null,
                value.AsDocument["rehearsal"].IsTruthy()
            );
}

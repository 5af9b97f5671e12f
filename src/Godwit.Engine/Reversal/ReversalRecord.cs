using Godwit.Bson;
using Godwit.Engine.Cutover;
using Godwit.Engine.Planning;
using Godwit.Engine.Recovery;
using Godwit.Engine.Scoping;

namespace Godwit.Engine.Reversal;

/// <summary>What a migration's own document says of turning round: whether it may be reversed, and what reverses what (S29).</summary>
internal static class ReversalRecord
{
    /// <summary>The migration was begun as one that can be reversed.</summary>
    internal const string Reversible = "reversible";

    /// <summary>Id of the migration that this one reverses.</summary>
    internal const string Reverses = "reverses";

    /// <summary>Everything that the other migration had proven is recorded: this one goes on by itself from here.</summary>
    internal const string HandedOver = "handedOver";

    /// <summary>Id of the migration that reverses this one.</summary>
    internal const string ReversedBy = "reversedBy";

    /// <summary>Notes that a migration can be reversed, which it must have been from its start on.</summary>
    /// <exception cref="MigrationFailedException">It cannot.</exception>
    internal static async Task KeepAsync(
        ReservedStore store,
        MigrationSettings settings,
        bool hasBegun,
        CancellationToken cancellationToken
    )
    {
        if (!settings.IsReversible || (await store.ReadStateAsync(cancellationToken))[Reversible].IsTruthy())
        {
            return;
        }

        var reason =
            hasBegun ? "it was begun without that, so that the destination may hold what the source must never get"
            : settings.Scope != NamespaceScope.Everything
                ? "it moves a part of the source, changes documents, or gives databases other names"
            : settings.Indexes is not (null or IndexSelection.All)
                ? "it leaves indexes out, which the source would lose on the way back"
            : settings.IgnoreExisting ? "the destination holds collections that are not of this migration"
            : null;
        if (reason is not null)
        {
            throw new MigrationFailedException(
                "ReversibleNotAllowed",
                $"This migration cannot be made reversible: {reason}.",
                "Run it without --reversible; or cancel it (--cancel), and begin again with an empty destination, without filters."
            );
        }

        await store.SetStateAsync(new DocumentBuilder { { Reversible, true } }.Build(), cancellationToken);
    }

    /// <summary>The journal of a migration that may be reversed now.</summary>
    /// <param name="state">Its document, from where it was moved to.</param>
    /// <exception cref="MigrationFailedException">It may not.</exception>
    internal static CommitJournal Require(RawDocument state)
    {
        if (state.IsEmpty || !state[Reversible].IsTruthy())
        {
            throw new MigrationFailedException(
                "NotReversible",
                state.IsEmpty
                    ? "No migration is recorded on the cluster that was moved to: what both had in common is not known."
                    : "The migration was not begun as a reversible one (--reversible).",
                "To move back all the same, empty the old source and migrate to it as to any other cluster."
            );
        }

        var journal = CommitJournal.Parse(state["commit"]);
        return journal.State == CommitState.Committed
            ? journal
            : throw new MigrationFailedException(
                "NotCommitted",
                $"The migration is not cut over (its journal says {journal.State}): there is nothing to reverse.",
                "Cut it over first. If its process ended during the cutover, run it again: it finishes by itself."
            );
    }

    /// <summary>Why a migration that was committed does not go on: another one has reversed it. <see langword="null"/> if none has.</summary>
    internal static async Task<MigrationFailedException?> FindReverseAsync(
        ReservedStore store,
        CancellationToken cancellationToken
    )
    {
        var state = await store.ReadStateAsync(cancellationToken);
        return state[ReversedBy] is { Type: BsonType.String } other
            ? new MigrationFailedException(
                "MigrationReversed",
                $"This migration was cut over, and is reversed by migration {other.AsString}: the other cluster is the one that is moved to now.",
                "Run 'godwit reverse' with the same two clusters to go on with that one. To turn round again, reverse it when it is cut over."
            )
            : null;
    }
}

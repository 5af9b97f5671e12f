using Godwit.Bson;
using Godwit.Engine.Recovery;

namespace Godwit.Engine.Cutover;

/// <summary>Keeps the journal of the cutover: each step is saved by compare-and-swap on epoch and state before anything acts on it (S26).</summary>
internal sealed class JournalKeeper(ReservedStore store, CommitJournal found)
{
    internal CommitJournal Current { get; private set; } = found;

    /// <summary>Saves the next value; a refused command gives none.</summary>
    internal async Task AdvanceAsync(CommitJournal? next, CancellationToken cancellationToken)
    {
        var journal = next ?? throw new InvalidOperationException($"a cutover cannot go on from {Current.State}");
        var fields = new DocumentBuilder
        {
            { "commit", journal.ToDocument() },
            { ReservedStore.State, journal.State.ToString() },
        };
        await store.SetStateAsync(fields.Build(), cancellationToken, from: Current.State.ToString());
        Current = journal;
    }
}

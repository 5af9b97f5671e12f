using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Transactions;

/// <summary>The retryable side of one command: which statements were done before, and the session's record with each commit.</summary>
internal sealed class RetryableWrite(Node node, SessionTable sessions, SessionState session, long number)
{
    private static readonly OpTime NoPrevious = new(ClusterTime.Zero, -1);

    /// <summary>Statement ids answered from history, in the order met.</summary>
    internal List<int> Retried { get; } = [];

    /// <summary>Called before each commit: a failpoint may fail it there.</summary>
    internal Action? Committing { get; set; }

    /// <summary>Whether a statement was done before.</summary>
    internal bool IsDone(int statement) => session.Statements.ContainsKey(statement);

    /// <summary>The oplog operation of a statement done before; <see langword="null"/> if it is new.</summary>
    internal RetriedOperation? FindDone(int statement)
    {
        if (!session.Statements.TryGetValue(statement, out var time))
        {
            return null;
        }

        Retried.Add(statement);
        var entry = node.Oplog.Find(time.Time) ?? throw SessionErrors.IncompleteHistory(session.Id, number);
        return RetriedOperation.Find(entry, statement, time);
    }

    /// <summary>Adds session, chain and session record to what is about to be committed.</summary>
    internal void Prepare(WriteUnit unit, List<OplogDraft> drafts)
    {
        for (var i = 0; i < drafts.Count; i++)
        {
            drafts[i] = drafts[i] with
            {
                Session = session.Id,
                TxnNumber = number,
                Previous = session.LastWrite.Time == ClusterTime.Zero ? NoPrevious : session.LastWrite,
                IsChained = i > 0,
            };
        }

        if (drafts.Count > 0)
        {
            Committing?.Invoke();
            var statements = drafts.SelectMany(StatementsOf).ToList();
            unit.Stamping.Add(time => sessions.Record(unit, session, number, statements, time, null));
        }
    }

    private static IEnumerable<int> StatementsOf(OplogDraft draft) =>
        draft.IsVectored
            ? draft.Object["applyOps"].AsDocument.Values().Select(inner => inner.AsDocument["stmtId"].AsInt32)
            : draft.StatementIds;
}

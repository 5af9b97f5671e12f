using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Transactions;

/// <summary>
/// The sessions of a member: in memory what is in use, in <c>config.transactions</c> what has written. A session not in memory is
/// read from its record and the chain of its oplog entries.
/// </summary>
internal sealed class SessionTable(Node node)
{
    /// <summary>Where session records are kept.</summary>
    internal static readonly Namespace Records = new("config", "transactions");

    private readonly ConcurrentDictionary<LogicalSessionId, SessionState> sessions = new();

    /// <summary>The state of a session, read from disk where it is not in memory.</summary>
    internal SessionState Get(LogicalSessionId id) => sessions.GetOrAdd(id, Load);

    /// <summary>The sessions in memory.</summary>
    internal IEnumerable<SessionState> InMemory => sessions.Values;

    /// <summary>Forgets everything in memory, after the data were changed underneath (replication, rollback).</summary>
    internal void Forget(LogicalSessionId id) => sessions.TryRemove(id, out _);

    /// <summary>Writes a session's record with the commit of a unit, and remembers the statements done.</summary>
    internal void Record(
        WriteUnit unit,
        SessionState session,
        long number,
        IReadOnlyList<int> statements,
        OpTime time,
        string? state
    )
    {
        var record = new DocumentBuilder
        {
            { "_id", session.Id.ToDocument() },
            { "txnNum", number },
            { "lastWriteOpTime", time.ToDocument() },
            { "lastWriteDate", RawValue.DateTime(node.Options.Time.GetUtcNow()) },
            { "state", state is null ? default : RawValue.String(state) },
        }.Build();
        Write(unit, session, record);
        session.LastWrite = time;
        foreach (var statement in statements)
        {
            session.Statements[statement] = time;
        }
    }

    /// <summary>Begins a new number on a session.</summary>
    internal static void Begin(SessionState session, long number, TransactionState? transaction)
    {
        session.TxnNumber = number;
        session.Transaction = transaction;
        session.LastWrite = OpTime.None;
        session.Statements.Clear();
        session.IsHistoryIncomplete = false;
    }

    private void Write(WriteUnit unit, SessionState session, RawDocument record)
    {
        var collection = node.Catalog.Latest.Find(Records)!;
        using var view = node.View(unit);
        var writer = new CollectionWriter(node, view, unit, collection, null);
        session.RecordKey ??= new CollectionReader(view, collection).FindById(record["_id"])?.Key;
        if (session.RecordKey is not { } key)
        {
            session.RecordKey = writer.Insert(record);
            return;
        }

        var logical = KeyLayout.Logical(collection.Ident, key);
        unit.Put(Family.Records, logical, record.Bytes, isNew: false);
    }

    private SessionState Load(LogicalSessionId id)
    {
        var session = new SessionState(id);
        if (node.Catalog.Latest.Find(Records) is not { } collection)
        {
            return session;
        }

        using var view = node.View();
        if (new CollectionReader(view, collection).FindById(id.ToDocument()) is not { } record)
        {
            return session;
        }

        session.RecordKey = record.Key;
        session.TxnNumber = record.Document["txnNum"].AsInt64;
        var last = record.Document["lastWriteOpTime"].AsDocument;
        session.LastWrite = new(last["ts"].AsTimestamp, last["t"].AsInt64);
        if (record.Document["state"] is { Type: BsonType.String } state)
        {
            var transaction = new TransactionState(id, session.TxnNumber, ClusterTime.Zero, default);
            transaction.End(
                state.AsString switch
                {
                    "committed" => TransactionStatus.Committed,
                    "prepared" => TransactionStatus.Prepared,
                    _ => TransactionStatus.Aborted,
                },
                session.LastWrite
            );
            session.Transaction = transaction;
            return session;
        }

        ReadChain(session);
        return session;
    }

    private void ReadChain(SessionState session)
    {
        var time = session.LastWrite;
        while (time.Time != ClusterTime.Zero)
        {
            if (node.Oplog.Find(time.Time) is not { } entry)
            {
                session.IsHistoryIncomplete = true;
                return;
            }

            foreach (var statement in StatementsOf(entry))
            {
                session.Statements[statement] = time;
            }

            time = entry["prevOpTime"] is { Type: BsonType.Document } previous
                ? new(previous.AsDocument["ts"].AsTimestamp, previous.AsDocument["t"].AsInt64)
                : OpTime.None;
        }
    }

    private static IEnumerable<int> StatementsOf(RawDocument entry)
    {
        var carriers =
            entry["op"].AsString == "c" && entry["o"].AsDocument["applyOps"] is { Type: BsonType.Array } operations
                ? operations.AsDocument.Values().Select(operation => operation.AsDocument)
                : [entry];
        foreach (var carrier in carriers)
        {
            var ids = carrier["stmtId"];
            foreach (var id in ids.Type == BsonType.Array ? ids.AsDocument.Values() : [ids])
            {
                if (id.ToInt64() is { } statement)
                {
                    yield return (int)statement;
                }
            }
        }
    }
}

using System.Globalization;
using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Sharding;
using Godwit.Sandbox.Transactions;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>What a member is doing, as <c>currentOp</c> and <c>$currentOp</c> show it: commands, index builds, and what waits idle.</summary>
internal static class CurrentOperations
{
    private const int CommandBytesMax = 1000;

    /// <summary>Everything a query asks for.</summary>
    internal static IEnumerable<RawDocument> List(CommandContext context, OperationQuery query)
    {
        var member = context.Member;
        var running = member.Operations.Running.ToList();
        var shown = running
            .Where(operation => !operation.Context.Client.IsServer && IsShown(operation.Context.Client))
            .Select(operation => Describe(operation, query.Truncates))
            .Concat(IndexBuilds(member));
        if (query.IdleConnections)
        {
            var busy = running.Select(operation => operation.Context.Client).ToHashSet();
            var idle = member.Clients.Connected.Where(client => !busy.Contains(client) && IsShown(client));
            shown = shown.Concat(idle.Select(client => Head(member, client, isActive: false).Build()));
        }

        if (query.IdleCursors)
        {
            var idle = member.Cursors.Open.Where(cursor => !cursor.IsPinned);
            shown = shown.Concat(idle.Select(cursor => Describe(member, cursor)));
        }

        if (query.IdleSessions)
        {
            var idle = member.Node.Transactions.Open.Where(one =>
                !running.Exists(operation => operation.Context.Statement.Transaction == one)
            );
            shown = shown.Concat(idle.Select(transaction => Describe(member, transaction)));
        }

        return shown;

        bool IsShown(Client client) =>
            query.AllUsers || !member.Options.IsAuthRequired || client.User == context.Client.User;
    }

    private static RawDocument Describe(RunningOperation operation, bool truncates)
    {
        var context = operation.Context;
        var elapsed = context.Member.Time.GetUtcNow() - operation.StartedAt;
        var entry = Head(context.Member, context.Client, isActive: true);
        entry.Add("threaded", true).Add("opid", operation.Id);
        if (operation.KillReason != Errors.ErrorCode.OK)
        {
            entry.Add("killPending", true);
        }

        if (context.Session.SessionId is { } session)
        {
            entry.Add("lsid", session.ToDocument());
        }

        var first = context.Body.First().Value;
        var ns = first.Type == BsonType.String ? $"{context.Database}.{first.AsString}" : $"{context.Database}.$cmd";
        var name = context.Traits.Name;
        entry
            .Add("secs_running", (long)elapsed.TotalSeconds)
            .Add("microsecs_running", (long)elapsed.TotalMicroseconds)
            .Add("op", name == "delete" ? "remove" : TrafficCounters.KindOf(name))
            .Add("ns", ns)
            .Add("redacted", false)
            .Add("command", truncates ? Cut(context.Body) : context.Body)
            .Add("planSummary", context.Work.PlanSummary is { Length: > 0 } plan ? plan : RawValue.Missing);
        if (
            name == "getMore"
            && context.Member.Cursors.Open.FirstOrDefault(one => one.Id == first.ToInt64()) is { } cursor
        )
        {
            entry.Add("cursor", Described(cursor));
        }

        var part = context.Statement.Transaction;
        return Tail(entry, part is null ? RawValue.Missing : Described(context.Member, part));
    }

    // Longer commands are shown as the beginning of their text, and the comment beside it (appendAsObjOrString in curop.cpp).
    private static RawDocument Cut(RawDocument command)
    {
        if (command.Length <= CommandBytesMax)
        {
            return command;
        }

        var text = CommandBody.Without(command, "comment").ToString();
        return new DocumentBuilder
        {
            { "$truncated", text.Length > CommandBytesMax ? text[..(CommandBytesMax - 3)] + "..." : text },
            { "comment", command["comment"] },
        }.Build();
    }

    private static DocumentBuilder Head(Member member, Client client, bool isActive)
    {
        var entry = new DocumentBuilder
        {
            { "type", "op" },
            { "host", member.Host },
            { "desc", $"conn{client.Id}" },
            { "connectionId", client.Id },
            { "client", client.Remote.ToString() ?? "" },
        };
        if (client.ApplicationName is { Length: > 0 } name)
        {
            entry.Add("appName", name);
        }

        if (client.Metadata is { } metadata)
        {
            entry.Add("clientMetadata", metadata);
        }

        entry.Add("active", isActive).Add("currentOpTime", Now(member));
        if (client.User is { } user)
        {
            var named = new DocumentBuilder { { "user", user.Name }, { "db", user.Database } };
            entry.Add("effectiveUsers", new ArrayBuilder { named }.Build());
        }

        return entry.Add("isFromUserConnection", true);
    }

    /// <summary>The command that builds indexes of a collection now.</summary>
    internal static RunningOperation? BuilderOf(Member member, Namespace ns) =>
        member.Operations.Running.FirstOrDefault(operation =>
            operation.Context.Traits.Name == "createIndexes"
            && operation.Context.Database == ns.Database
            && operation.Context.Body.First().Value == ns.Collection
        );

    private static IEnumerable<RawDocument> IndexBuilds(Member member) =>
        from collection in member.Node.Catalog.Latest.Collections
        from build in collection.Indexes.Where(index => !index.IsReady).GroupBy(index => index.BuildUuid)
        select Describe(member, collection, [.. build]);

    private static RawDocument Describe(Member member, CollectionInfo collection, IReadOnlyList<IndexInfo> indexes)
    {
        var ns = collection.Namespace;
        var builder = BuilderOf(member, ns);
        var elapsed = builder is null ? TimeSpan.Zero : member.Time.GetUtcNow() - builder.StartedAt;
        var total = RawValue.Narrow(member.Node.Sizes[collection.Ident].Records);
        var entry = new DocumentBuilder
        {
            { "type", "op" },
            { "host", member.Host },
            { "desc", "IndexBuildsCoordinatorMongod-0" },
            { "active", true },
            { "currentOpTime", Now(member) },
            { "isFromUserConnection", false },
            { "opid", builder is null ? default(RawValue) : builder.Id },
            { "secs_running", (long)elapsed.TotalSeconds },
            { "microsecs_running", (long)elapsed.TotalMicroseconds },
            { "op", "command" },
            { "ns", ns.ToString() },
            { "redacted", false },
            {
                "command",
                new DocumentBuilder
                {
                    { "createIndexes", ns.Collection },
                    { "indexes", RawValue.Array(indexes.Select(index => RawValue.Document(index.Spec))) },
                    { "$db", ns.Database },
                }
            },
            { "msg", "Index Build: scanning collection" },
            {
                "progress",
                new DocumentBuilder { { "done", 0 }, { "total", total } }
            },
        };
        return Tail(entry);
    }

    private static RawDocument Describe(Member member, ServerCursor cursor)
    {
        var entry = new DocumentBuilder
        {
            { "type", "idleCursor" },
            { "host", member.Host },
            { "ns", cursor.Options.Namespace.ToString() },
        };
        if (cursor.Session.SessionId is { } session)
        {
            entry.Add("lsid", session.ToDocument());
        }

        return entry.Add("cursor", Described(cursor)).Build();
    }

    private static DocumentBuilder Described(ServerCursor cursor) =>
        new()
        {
            { "cursorId", cursor.Id },
            { "lastAccessDate", RawValue.DateTime(cursor.LastUsed) },
            { "tailable", cursor.Options.IsTailable },
            { "awaitData", cursor.Options.IsAwaitData },
            { "originatingCommand", cursor.OriginatingCommand },
        };

    private static RawDocument Describe(Member member, TransactionState transaction) =>
        new DocumentBuilder
        {
            { "type", "idleSession" },
            { "host", member.Host },
            { "desc", "inactive transaction" },
            { "active", false },
            { "currentOpTime", Now(member) },
            { "lsid", transaction.Session.ToDocument() },
            { "transaction", Described(member, transaction) },
            { "waitingForLock", false },
            { "locks", RawDocument.Empty },
            { "lockStats", RawDocument.Empty },
        }.Build();

    private static RawDocument Described(Member member, TransactionState transaction) =>
        new DocumentBuilder
        {
            {
                "parameters",
                new DocumentBuilder { { "txnNumber", transaction.Number }, { "autocommit", false } }
            },
            { "readTimestamp", transaction.Snapshot },
            { "startWallClockTime", Text(transaction.Started) },
            { "timeOpenMicros", (long)(member.Time.GetUtcNow() - transaction.Started).TotalMicroseconds },
            { "expiryTime", Text(transaction.Started + member.Node.Transactions.Lifetime) },
        }.Build();

    // Nothing queues and no lock is held beyond a step: the figures that MongoDB's scheduler has stand at nought.
    private static RawDocument Tail(DocumentBuilder entry, RawValue transaction = default) =>
        entry
            .Add("numYields", 0)
            .Add("queues", new DocumentBuilder { { "ingress", Waited() }, { "execution", Waited() } })
            .Add("currentQueue", RawValue.Null)
            .Add("locks", RawDocument.Empty)
            .Add("waitingForLock", false)
            .Add("lockStats", RawDocument.Empty)
            .Add("waitingForFlowControl", false)
            .Add("flowControlStats", RawDocument.Empty)
            .Add("transaction", transaction)
            .Build();

    private static RawValue Waited() => new DocumentBuilder { { "admissions", 0 }, { "totalTimeQueuedMicros", 0L } };

    private static string Now(Member member) => Text(member.Time.GetUtcNow());

    private static string Text(DateTimeOffset time) =>
        time.ToString("yyyy-MM-ddTHH:mm:ss.fffzzz", CultureInfo.InvariantCulture);
}

using System.Net;
using Godwit.Bson;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>What the server writes itself, of users, roles and settings: through its own commands, so that it is replicated like any write.</summary>
internal sealed class ServerWrites(Member member)
{
    /// <summary>The server itself: may do everything, is counted nowhere.</summary>
    internal Client Server { get; } =
        new(0, new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, 0)) { IsServer = true };

    /// <summary>Runs a command; what it refuses is thrown.</summary>
    internal async ValueTask<RawDocument> RunAsync(
        string database,
        DocumentBuilder command,
        CancellationToken cancellationToken
    )
    {
        var outcome = await member
            .Dispatcher.ExecuteAsync(new(command.Build(), database), Server, cancellationToken)
            .ConfigureAwait(false);
        var reply = outcome.Reply ?? RawDocument.Empty;
        if (reply["ok"].ToInt64() != 1)
        {
            throw new CommandException((ErrorCode)(reply["code"].ToInt64() ?? 1), reply["errmsg"].AsString);
        }

        if (reply["writeErrors"] is { Type: BsonType.Array } errors)
        {
            var first = errors.AsDocument["0"].AsDocument;
            throw new CommandException((ErrorCode)(first["code"].ToInt64() ?? 1), first["errmsg"].AsString);
        }

        return reply;
    }

    /// <summary>Adds a document.</summary>
    internal async ValueTask InsertAsync(Namespace ns, RawDocument document, CancellationToken cancellationToken)
    {
        var insert = new DocumentBuilder
        {
            { "insert", ns.Collection },
            { "documents", new ArrayBuilder { document }.Build() },
        };
        _ = await RunAsync(ns.Database, insert, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts a document in the place of the one with its <c>_id</c>, or adds it.</summary>
    internal async ValueTask PutAsync(Namespace ns, RawDocument document, CancellationToken cancellationToken)
    {
        var change = new DocumentBuilder
        {
            {
                "q",
                new DocumentBuilder { { "_id", document["_id"] } }
            },
            { "u", document },
            { "upsert", true },
        };
        var update = new DocumentBuilder
        {
            { "update", ns.Collection },
            { "updates", new ArrayBuilder { change }.Build() },
        };
        _ = await RunAsync(ns.Database, update, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes documents; gives their number.</summary>
    internal async ValueTask<RawValue> DeleteAsync(
        Namespace ns,
        DocumentBuilder filter,
        CancellationToken cancellationToken
    )
    {
        var removal = new DocumentBuilder { { "q", filter }, { "limit", 0 } };
        var delete = new DocumentBuilder
        {
            { "delete", ns.Collection },
            { "deletes", new ArrayBuilder { removal }.Build() },
        };
        var reply = await RunAsync(ns.Database, delete, cancellationToken).ConfigureAwait(false);
        return reply["n"];
    }
}

using System.Net;
using Godwit.Bson;
using Godwit.Sandbox.Auth;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Wire;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// What a router and a shard of another process say to each other: a client's request with what the router knows of it, a task, or a
/// routing table that the shard had not heard of. Godwit's own words; MongoDB's processes use others.
/// </summary>
internal static class RouterMessages
{
    /// <summary>A request of a client.</summary>
    internal const string Forward = "_sandboxForward";

    /// <summary>A <see cref="ShardTask"/>.</summary>
    internal const string Task = "_sandboxTask";

    /// <summary>A routing table.</summary>
    internal const string Table = "_sandboxTable";

    /// <summary>A cursor that nobody wants any more.</summary>
    internal const string CloseCursor = "_sandboxCloseCursor";

    /// <summary>What stands beside a message that has documents.</summary>
    internal const string Documents = "documents";

    /// <summary>The message that carries a request.</summary>
    internal static (RawDocument Body, DocumentSequence Sequence) OfRequest(
        CommandRequest request,
        Client client,
        string? table,
        ClusterTime now
    )
    {
        var command = request.Body;
        var sequence = default(DocumentSequence);
        foreach (var name in request.SequenceNames)
        {
            var documents = request.Documents(name, "")!;
            if (sequence.Identifier is null)
            {
                sequence = SequenceOf(name, documents);
            }
            else
            {
                command = CommandBody.With(command, (name, RawValue.Array(documents.Select(RawValue.Document))));
            }
        }

        var body = new DocumentBuilder(command.Length + 512)
        {
            { Forward, 1 },
            { "command", command },
            { "database", request.Database },
            { "isAcknowledged", request.IsAcknowledged },
            { "client", Described(client) },
            { "clock", request.Routing?.SentAt ?? now },
        };
        if (request.Routing is { } routing)
        {
            body.Add("table", table!).Add("shard", routing.Shard).Add("isMigrating", routing.IsMigrating);
        }

        return (body.Add("$db", "admin").Build(), sequence);
    }

    /// <summary>The request that a message carries.</summary>
    internal static CommandRequest RequestOf(CommandRequest message, RoutingTable? table)
    {
        var sequences = message.SequenceNames.ToDictionary(
            name => name,
            name => message.Documents(name, "")!,
            StringComparer.Ordinal
        );
        return new(message.Body["command"].AsDocument, message.Body["database"].AsString, sequences)
        {
            IsAcknowledged = message.Body["isAcknowledged"].IsTruthy(),
            Routing = table is null
                ? null
                : new(table, message.Body["shard"].AsString) { IsMigrating = message.Body["isMigrating"].IsTruthy() },
        };
    }

    /// <summary>The client for whom a message was sent.</summary>
    internal static Client ClientOf(CommandRequest message)
    {
        var given = message.Body["client"].AsDocument;
        return new(
            (int)given["id"].ToInt64()!.Value,
            IPEndPoint.Parse(given["remote"].AsString),
            IPEndPoint.Parse(given["local"].AsString)
        )
        {
            IsRouter = true,
            IsInternal = true,
            SaidHelloOk = true,
            User = given["user"] is { Type: BsonType.String } user
                ? new AuthenticatedUser(user.AsString, given["db"].AsString)
                : null,
            BypassesWriteBlock = given["bypassesWriteBlock"].IsTruthy(),
        };
    }

    /// <summary>The message that has a shard do a task.</summary>
    internal static (RawDocument Body, DocumentSequence Sequence) OfTask(
        ShardTask task,
        TaskInput input,
        ClusterTime now
    )
    {
        var body = new DocumentBuilder(input.Arguments.Length + 128)
        {
            { Task, task.Name },
            { "arguments", input.Arguments },
            { "clock", now },
            { "$db", "admin" },
        };
        var sequence = input.Documents.Count == 0 ? default : SequenceOf(Documents, input.Documents);
        return (body.Build(), sequence);
    }

    /// <summary>The message that tells a routing table: what the config servers have of it.</summary>
    internal static (RawDocument Body, DocumentSequence Sequence) OfTable(RoutingTable table, string id)
    {
        var parts = table.ToDocuments();
        var body = new DocumentBuilder
        {
            { Table, id },
            { "shards", parts.Shards.Count },
            { "databases", parts.Databases.Count },
            { "collections", parts.Collections.Count },
            { "$db", "admin" },
        };
        IReadOnlyList<RawDocument> all = [.. parts.Shards, .. parts.Databases, .. parts.Collections, .. parts.Chunks];
        return (body.Build(), all.Count == 0 ? default : SequenceOf(Documents, all));
    }

    /// <summary>The routing table that a message tells.</summary>
    internal static RoutingTable TableOf(CommandRequest message)
    {
        var all = message.Documents(Documents, "") ?? [];
        var shards = (int)message.Body["shards"].ToInt64()!.Value;
        var databases = shards + (int)message.Body["databases"].ToInt64()!.Value;
        var collections = databases + (int)message.Body["collections"].ToInt64()!.Value;
        return RoutingTable.Of(
            [.. all.Take(shards)],
            [.. all.Take(shards..databases)],
            [.. all.Take(databases..collections)],
            [.. all.Skip(collections)]
        );
    }

    private static DocumentBuilder Described(Client client) =>
        new()
        {
            { "id", client.Id },
            { "remote", client.Remote.ToString()! },
            { "local", client.Local.ToString()! },
            { "user", client.User?.Name ?? RawValue.Missing },
            { "db", client.User?.Database ?? RawValue.Missing },
            { "bypassesWriteBlock", client.BypassesWriteBlock },
        };

    private static DocumentSequence SequenceOf(string name, IReadOnlyList<RawDocument> documents)
    {
        var bytes = new byte[documents.Sum(document => document.Length)];
        var rest = bytes.AsMemory();
        foreach (var document in documents)
        {
            document.Bytes.CopyTo(rest);
            rest = rest[document.Length..];
        }

        return new(name, bytes);
    }
}

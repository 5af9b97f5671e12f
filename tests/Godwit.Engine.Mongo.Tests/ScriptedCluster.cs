using Godwit.Bson;
using Godwit.Engine.Mongo.Connections;
using Godwit.Testing.Servers;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>A replica set of one scripted member, and the commands it was sent besides hello.</summary>
internal sealed class ScriptedCluster : IAsyncDisposable
{
    private readonly List<RawDocument> commands = [];
    private ScriptedServer? server;

    internal ScriptedCluster(Func<RawDocument, RawDocument?> script) =>
        server = new(command =>
        {
            if (command.Has("hello") || command.Has("isMaster") || command.Has("ismaster"))
            {
                return server?.HelloOfPrimary() ?? RawDocument.Empty;
            }

            lock (commands)
            {
                commands.Add(command);
            }

            return script(command);
        });

    internal MongoAddress Address =>
        MongoAddress.Parse($"mongodb://{server!.Address}/?replicaSet=scripted&serverSelectionTimeoutMS=5000");

    internal IReadOnlyList<RawDocument> Commands
    {
        get
        {
            lock (commands)
            {
                return [.. commands];
            }
        }
    }

    internal static RawDocument Ok(params (string Name, RawValue Value)[] fields)
    {
        var reply = new DocumentBuilder();
        foreach (var (name, value) in fields)
        {
            reply.Add(name, value);
        }

        return reply
            .Add("ok", 1.0)
            .Add(
                "$clusterTime",
                new DocumentBuilder
                {
                    { "clusterTime", new ClusterTime(100, 1) },
                    { "signature", new DocumentBuilder() },
                }
            )
            .Add("operationTime", new ClusterTime(99, 1))
            .Build();
    }

    internal static RawDocument Fail(int code, string message = "no", params (string Name, RawValue Value)[] fields)
    {
        var reply = new DocumentBuilder
        {
            { "ok", 0.0 },
            { "errmsg", message },
            { "code", code },
        };
        foreach (var (name, value) in fields)
        {
            reply.Add(name, value);
        }

        return reply.Build();
    }

    internal static RawDocument Cursor(string name, long id, string batch, params RawDocument[] documents) =>
        Ok(
            (
                "cursor",
                new DocumentBuilder
                {
                    { batch, RawValue.Array(documents.Select(RawValue.Document)) },
                    { "id", id },
                    { "ns", name },
                    {
                        "postBatchResumeToken",
                        new DocumentBuilder { { "_data", $"token{id}{batch}" } }
                    },
                }
            )
        );

    public ValueTask DisposeAsync() => server!.DisposeAsync();
}

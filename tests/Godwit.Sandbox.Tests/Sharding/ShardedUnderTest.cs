using Godwit.Bson;
using Godwit.Wire.Client;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

/// <summary>A sharded cluster, spoken to over its ports; commands are written as in a shell.</summary>
internal sealed class ShardedUnderTest : IAsyncDisposable
{
    private ShardedUnderTest(ShardedSandbox cluster) => Cluster = cluster;

    internal ShardedSandbox Cluster { get; }

    /// <summary>How the connections of this class are opened.</summary>
    internal ConnectionSettings Settings { get; init; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal static Task<ShardedUnderTest> StartAsync(int members = 1) =>
        StartAsync(new ShardedOptions { Members = members });

    internal static async Task<ShardedUnderTest> StartAsync(ShardedOptions options) =>
        new(await ShardedSandbox.StartAsync(options, Cancellation))
        {
            Settings = new()
            {
                Credential = options.Credential is { } root ? new(null, "admin", root.User, root.Password) : null,
                Tls = options.TlsCertificateKeyFile is null ? null : new() { AcceptAnyCertificate = true },
            },
        };

    /// <summary>With a collection <c>t.c</c>, sharded by <c>k</c>: below 100 on s0, from there on on s1.</summary>
    internal static Task<ShardedUnderTest> StartSplitAsync(int members = 1) =>
        StartSplitAsync(new ShardedOptions { Members = members });

    /// <summary>The same with other options.</summary>
    internal static async Task<ShardedUnderTest> StartSplitAsync(ShardedOptions options)
    {
        var cluster = await StartAsync(options);
        await cluster.ExpectAsync("admin", "{enableSharding: 't', primaryShard: 's0'}");
        await cluster.ExpectAsync("admin", "{shardCollection: 't.c', key: {k: 1}}");
        await cluster.ExpectAsync("admin", "{split: 't.c', middle: {k: 100}}");
        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 100}, to: 's1', _waitForDelete: true}");
        return cluster;
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    /// <summary>Runs a command through the router and gives its reply, errors included.</summary>
    internal Task<RawDocument> RunAsync(string database, string command) =>
        RunAsync(Cluster.RouterPorts[0], database, ShellText.Command(command));

    /// <summary>Runs a command on a shard's primary, past the router.</summary>
    internal Task<RawDocument> RunOnShardAsync(int shard, string database, string command) =>
        RunAsync(Cluster.Shards[shard].Ports[Cluster.Shards[shard].PrimaryIndex], database, ShellText.Command(command));

    /// <summary>Runs a command that must succeed.</summary>
    internal async Task<RawDocument> ExpectAsync(string database, string command)
    {
        var reply = await RunAsync(database, command);
        reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
        reply.Has("writeErrors").ShouldBeFalse(reply.ToString());
        return reply;
    }

    /// <summary>The documents of a cursor's first batch.</summary>
    internal async Task<IReadOnlyList<RawDocument>> ReadAsync(string database, string command) =>
        Batch(await ExpectAsync(database, command));

    internal static IReadOnlyList<RawDocument> Batch(RawDocument reply)
    {
        var cursor = reply["cursor"].AsDocument;
        var batch = cursor.Has("firstBatch") ? cursor["firstBatch"] : cursor["nextBatch"];
        return [.. batch.AsDocument.Values().Select(document => document.AsDocument)];
    }

    internal Task<WireConnection> ConnectAsync(int router = 0) => OpenAsync(Cluster.RouterPorts[router], Settings);

    /// <summary>Opens a connection to any of the cluster's ports as somebody; as nobody without a name.</summary>
    internal static Task<WireConnection> ConnectAsync(int port, string? user, string password = "x") =>
        OpenAsync(port, new() { Credential = user is null ? null : new(null, "admin", user, password) });

    private static Task<WireConnection> OpenAsync(int port, ConnectionSettings settings) =>
        WireConnection.OpenAsync($"127.0.0.1:{port}", settings, Cancellation);

    internal static async Task<RawDocument> RunAsync(
        WireConnection connection,
        string database,
        DocumentBuilder command
    )
    {
        using var reply = await connection.RunAsync(command.Add("$db", database).Build(), Cancellation);
        return new RawDocument(reply.Body.Bytes.ToArray());
    }

    private async Task<RawDocument> RunAsync(int port, string database, DocumentBuilder command)
    {
        await using var connection = await OpenAsync(port, Settings);
        return await RunAsync(connection, database, command);
    }
}

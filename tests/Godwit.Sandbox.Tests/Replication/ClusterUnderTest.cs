using Godwit.Bson;
using Godwit.Sandbox.Replication;
using Godwit.Testing;
using Godwit.Wire.Client;
using Xunit;

namespace Godwit.Sandbox.Tests.Replication;

/// <summary>A replica set of three, spoken to over its ports, each member by itself.</summary>
internal sealed class ClusterUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private ClusterUnderTest(SandboxCluster cluster) => Cluster = cluster;

    internal SandboxCluster Cluster { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal static async Task<ClusterUnderTest> StartAsync(SandboxOptions? options = null) =>
        new(await SandboxCluster.StartAsync(options ?? new(), Cancellation));

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    internal Task<WireConnection> ConnectAsync(int member) =>
        WireConnection.OpenAsync($"127.0.0.1:{Cluster.Ports[member]}", new(), Cancellation);

    /// <summary>Runs a command on a member through a connection of its own.</summary>
    internal async Task<RawDocument> RunAsync(int member, DocumentBuilder command, string database = "test")
    {
        await using var connection = await ConnectAsync(member);
        return await RunAsync(connection, command, database);
    }

    internal static async Task<RawDocument> RunAsync(
        WireConnection connection,
        DocumentBuilder command,
        string database = "test"
    )
    {
        using var reply = await connection.RunAsync(command.Add("$db", database).Build(), Cancellation);
        return new RawDocument(reply.Body.Bytes.ToArray());
    }

    internal Task<RawDocument> InsertAsync(int member, string id, RawValue writeConcern) =>
        RunAsync(
            member,
            new()
            {
                { "insert", "c" },
                { "documents", RawValue.Array([new DocumentBuilder { { "_id", id } }]) },
                {
                    "writeConcern",
                    new DocumentBuilder { { "w", writeConcern }, { "wtimeout", (int)Patience.TotalMilliseconds } }
                },
            }
        );

    /// <summary>The ids a member itself has, in order.</summary>
    internal async Task<string[]> IdsAsync(int member)
    {
        var reply = await RunAsync(
            member,
            new()
            {
                { "find", "c" },
                {
                    "sort",
                    new DocumentBuilder { { "_id", 1 } }
                },
                {
                    "$readPreference",
                    new DocumentBuilder { { "mode", "secondaryPreferred" } }
                },
            }
        );
        return reply["cursor"].Type != BsonType.Document
            ? [reply["codeName"].AsString]
            :
            [
                .. reply["cursor"]
                    .AsDocument["firstBatch"]
                    .AsDocument.Values()
                    .Select(d => d.AsDocument["_id"].AsString),
            ];
    }

    internal Task<RawDocument> FaultAsync(int asked, string name, string mode, DocumentBuilder data) =>
        RunAsync(
            asked,
            new()
            {
                { "configureFailPoint", name },
                { "mode", mode },
                { "data", data },
            },
            "admin"
        );

    /// <summary>The primary, once there is one other than a given member.</summary>
    internal async Task<int> PrimaryAsync(int otherThan = -1)
    {
        var found = -1;
        await UntilAsync(
            () =>
            {
                found = Enumerable
                    .Range(0, Cluster.Ports.Count)
                    .FirstOrDefault(i => i != otherThan && StateOf(i) == MemberState.Primary, -1);
                return Task.FromResult(found >= 0);
            },
            "no primary was elected"
        );
        return found;
    }

    internal MemberState StateOf(int member)
    {
        try
        {
            return Cluster.Running(member).Replica!.State;
        }
        catch (InvalidOperationException)
        {
            return MemberState.Down;
        }
    }

    /// <summary>Waits until every member has exactly these ids.</summary>
    internal Task EveryoneHasAsync(params string[] ids) =>
        UntilAsync(
            async () =>
            {
                for (var member = 0; member < 3; member++)
                {
                    if (!(await TryIdsAsync(member)).SequenceEqual(ids))
                    {
                        return false;
                    }
                }

                return true;
            },
            $"the members do not all have {string.Join(", ", ids)}"
        );

    internal Task UntilAsync(Func<bool> holds, string otherwise) =>
        UntilAsync(() => Task.FromResult(holds()), otherwise);

    internal Task UntilAsync(Func<Task<bool>> holds, string otherwise) =>
        Condition.UntilAsync(holds, () => $"{otherwise}: {Describe()}", Patience, Cancellation);

    private string Describe() =>
        string.Join(
            "; ",
            Enumerable.Range(0, Cluster.Ports.Count).Select(i => StateOf(i) == MemberState.Down ? "down" : Describe(i))
        );

    private string Describe(int member)
    {
        var replica = Cluster.Running(member).Replica!;
        var (applied, committed) = (replica.Node.LastApplied, replica.Node.CommitPoint);
        return $"{replica.State} follows {replica.PrimaryIndex} in term {replica.Term}, has {applied}, committed {committed}";
    }

    private async Task<string[]> TryIdsAsync(int member)
    {
        try
        {
            return await IdsAsync(member);
        }
        catch (ConnectionException)
        {
            return ["not reachable"];
        }
    }
}

using System.Net;
using Godwit.Bson;
using Godwit.Sandbox.Connections;
using Godwit.Testing;
using Shouldly;
using Xunit;
using static Godwit.Sandbox.Tests.ShellText;

namespace Godwit.Sandbox.Tests.Commands;

/// <summary>A block acknowledged by a majority holds on whoever is elected next.</summary>
public sealed class WriteBlockFailoverTests
{
    [Fact]
    [Requirement("S27")]
    public async Task The_next_primary_refuses_user_writes_too()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var cluster = await SandboxCluster.StartAsync(new() { Members = 3 }, cancellation);
        var first = cluster.PrimaryIndex;
        await RunAsync(cluster, first, "admin", "{setUserWriteBlockMode: 1, global: true}");

        await cluster.KillAsync(first, cancellation);
        await cluster.WaitForPrimaryAsync(cancellation);

        var reply = await RunAsync(cluster, cluster.PrimaryIndex, "db", "{create: 'c'}");
        reply["code"].ToInt64().ShouldBe(371, reply.ToString());
        var status = await RunAsync(cluster, cluster.PrimaryIndex, "admin", "{serverStatus: 1}");
        status["repl"].AsDocument["userWriteBlockMode"].ToInt64().ShouldBe(2);
    }

    private static async Task<RawDocument> RunAsync(SandboxCluster cluster, int index, string database, string command)
    {
        var nobody = new Client(1, new IPEndPoint(IPAddress.Loopback, 1), new IPEndPoint(IPAddress.Loopback, 2));
        var outcome = await cluster
            .Running(index)
            .Dispatcher.ExecuteAsync(
                new(Command(command).Build(), database),
                nobody,
                TestContext.Current.CancellationToken
            );
        return outcome.Reply!.Value;
    }
}

using System.Net;
using System.Net.Sockets;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests;

/// <summary>What keeps a Sandbox from starting is named, with the remedy.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task A_port_that_is_in_use_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var refused = await Should.ThrowAsync<IOException>(() =>
            SandboxCluster.StartAsync(new() { Members = 1, Port = port }, TestContext.Current.CancellationToken)
        );

        refused.Message.ShouldContain($"port {port} cannot be listened on");
        refused.Message.ShouldContain("choose other ports");
    }

    [Theory]
    [InlineData("member-0/data/MANIFEST-*")]
    [InlineData("member-0/replset.bson")]
    [InlineData("member-0/election.bson")]
    [InlineData("replica-set-id")]
    public async Task A_damaged_data_folder_is_named_with_what_helps(string damaged)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("godwit-damaged-").FullName;
        try
        {
            var options = new SandboxOptions { Members = 1, DataDirectory = folder };
            await using (await SandboxCluster.StartAsync(options, cancellation)) { }
            var file = Directory
                .GetFiles(
                    Path.Combine(folder, Path.GetDirectoryName(damaged)!),
                    Path.GetFileName(damaged),
                    SearchOption.TopDirectoryOnly
                )
                .ShouldHaveSingleItem();
            await File.WriteAllBytesAsync(file, "not what it was"u8.ToArray(), cancellation);

            var refused = await Should.ThrowAsync<IOException>(() => SandboxCluster.StartAsync(options, cancellation));

            refused.Message.ShouldContain(folder);
            refused.Message.ShouldContain("damaged");
            refused.Message.ShouldContain("remove it");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_data_folder_in_use_is_named()
    {
        var folder = Directory.CreateTempSubdirectory("godwit-used-").FullName;
        var options = new SandboxOptions { Members = 1, DataDirectory = folder };
        await using (await SandboxCluster.StartAsync(options, TestContext.Current.CancellationToken))
        {
            var refused = await Should.ThrowAsync<IOException>(() =>
                SandboxCluster.StartAsync(options, TestContext.Current.CancellationToken)
            );
            refused.Message.ShouldContain("are in use already");
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_data_folder_of_a_sharded_cluster_is_no_replica_sets_and_the_other_way_round()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (of, ofSet) = (Folder(), Folder());
        await using (await ShardedSandbox.StartAsync(new() { Members = 1, DataDirectory = of }, cancellation)) { }
        await using (await SandboxCluster.StartAsync(new() { Members = 1, DataDirectory = ofSet }, cancellation)) { }

        (await RefusalAsync(() => SandboxCluster.StartAsync(new() { DataDirectory = of }, cancellation))).ShouldBe(
            $"the data in {of} belong to a sharded cluster (--sharded), not to a replica set: start it as what it was, or name another folder"
        );
        (
            await RefusalAsync(() =>
                SandboxCluster.StartAsync(new() { IsStandalone = true, DataDirectory = ofSet }, cancellation)
            )
        ).ShouldContain("belong to a replica set, not to a standalone server");
        (
            await RefusalAsync(() => ShardedSandbox.StartAsync(new() { DataDirectory = ofSet }, cancellation))
        ).ShouldContain("belong to a replica set, not to a sharded cluster");
        await using (await ShardedSandbox.StartAsync(new() { Members = 1, DataDirectory = of }, cancellation)) { }
        Directory.Delete(of, recursive: true);
        Directory.Delete(ofSet, recursive: true);
    }

    private static string Folder() => Directory.CreateTempSubdirectory("godwit-kind-").FullName;

    private static async Task<string> RefusalAsync(Func<Task> start) =>
        (await Should.ThrowAsync<IOException>(start)).Message;
}

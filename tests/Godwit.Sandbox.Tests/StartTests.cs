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
}

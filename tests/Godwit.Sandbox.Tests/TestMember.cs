using System.Net;
using Godwit.Bson;
using Godwit.Sandbox.Auth;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Replication;
using Godwit.Sandbox.Storage;
using Shouldly;

namespace Godwit.Sandbox.Tests;

/// <summary>A member in memory of the test, spoken to without a socket: a replica set of one that is always primary.</summary>
internal sealed class TestMember : IDisposable
{
    private readonly CommandDispatcher dispatcher;
    private readonly Client client = new(
        1,
        new IPEndPoint(IPAddress.Loopback, 1),
        new IPEndPoint(IPAddress.Loopback, 2)
    );

    internal TestMember(
        string? directory = null,
        TimeProvider? time = null,
        long oplogBytesMax = 1L << 30,
        bool isAuthRequired = false,
        string release = "8.0"
    )
    {
        var profile = ServerProfile.Parse(release);
        var clock = time ?? TimeProvider.System;
        Node = Node.Open(
            new()
            {
                DataDirectory = directory,
                ReplicaSet = "rs",
                Time = clock,
                OplogBytesMax = oplogBytesMax,
                ServerVersion = profile.Version,
            }
        );
        Member = new(
            Node,
            new()
            {
                Time = clock,
                Profile = profile,
                Replica = ReplicaConfig.Initial("rs", ["127.0.0.1:1"], ObjectIds.New(clock)),
                SetName = "rs",
                Host = "127.0.0.1:1",
                Network = new(["127.0.0.1:1"]),
                Birth = SetBirth.Entry(clock),
                IsAuthRequired = isAuthRequired,
                DataDirectory = Node.Engine.Directory,
            }
        );
        Member.Replica!.Start();
        Member.Replica.StandForElection().ShouldBeTrue();
        dispatcher = new(Member);
    }

    internal Node Node { get; }

    internal Member Member { get; }

    /// <summary>Who is logged in.</summary>
    internal AuthenticatedUser? User
    {
        set => client.User = value;
    }

    /// <summary>Runs a command and gives its reply, errors included; what it wrote is majority-committed at once.</summary>
    internal async Task<RawDocument> Run(
        string database,
        DocumentBuilder command,
        CancellationToken cancellation = default
    )
    {
        var outcome = await dispatcher.ExecuteAsync(new(command.Build(), database), client, cancellation);
        Node.CommitPoint = Node.LastApplied;
        return outcome.Reply!.Value;
    }

    public void Dispose() => Node.Dispose();
}

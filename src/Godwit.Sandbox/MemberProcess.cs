using System.Net.Sockets;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Replication;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox;

/// <summary>A member from start to death: its data opened, its port served, its loops running.</summary>
internal sealed class MemberProcess : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly MemberListener listener;
    private readonly List<Task> loops = [];

    private MemberProcess(Member member, Socket socket, Action requestResync)
    {
        Member = member;
        if (member.Replica is { } replica)
        {
            replica.Network.Set(replica.Index, replica);
            replica.Start();
            var pulse = new HeartbeatLoop(replica);
            loops.Add(pulse.RunAsync(stopping.Token));
            loops.Add(pulse.FollowOwnProgressAsync(stopping.Token));
            loops.Add(Task.Run(() => new OplogPuller(replica, requestResync).RunAsync(stopping.Token), stopping.Token));
        }

        loops.Add(new Housekeeping(member).RunAsync(stopping.Token));
        listener = new MemberListener(member, socket);
    }

    /// <summary>The member.</summary>
    internal Member Member { get; }

    /// <summary>Opens the data and begins to serve.</summary>
    internal static MemberProcess Start(MemberOptions options, NodeOptions data, Socket socket, Action requestResync) =>
        new(new Member(Node.Open(data), options), socket, requestResync);

    /// <summary>Ends at once, as a killed process: connections break, nothing is said or finished.</summary>
    public async ValueTask DisposeAsync()
    {
        Member.Replica?.Network.Set(Member.Replica.Index, null);
        await stopping.CancelAsync().ConfigureAwait(false);
        await listener.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(loops).ConfigureAwait(false);
        Member.Cursors.KillWhere(_ => true);
        Member.Node.Dispose();
        stopping.Dispose();
    }
}

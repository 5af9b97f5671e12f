using System.Net.Sockets;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Diagnostics;
using Godwit.Sandbox.Replication;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox;

/// <summary>A member from start to death: its data opened, its port served, its loops running.</summary>
internal sealed class MemberProcess : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly MemberListener listener;
    private readonly List<Task> loops = [];
    private readonly Action<MemberProcess, Exception> failed;

    private MemberProcess(
        Member member,
        Socket socket,
        Action<MemberProcess, Repair> requestRepair,
        Action<MemberProcess, Exception> failed
    )
    {
        Member = member;
        this.failed = failed;
        if (member.Replica is { } replica)
        {
            replica.Network.Join(replica.Index, replica);
            replica.Start();
            var pulse = new HeartbeatLoop(member, replica);
            Run(pulse.RunAsync);
            Run(pulse.FollowOwnProgressAsync);
            Run(new OplogPuller(replica, repair => requestRepair(this, repair)).RunAsync);
        }

        Run(new Housekeeping(member).RunAsync);
        listener = new MemberListener(member, socket);
    }

    /// <summary>The member.</summary>
    internal Member Member { get; }

    /// <summary>Opens the data and begins to serve.</summary>
    /// <param name="options">How the member is to run.</param>
    /// <param name="data">Where its data are.</param>
    /// <param name="socket">Listens on its port.</param>
    /// <param name="requestRepair">Called when its data must be repaired before it can follow; it then does nothing more.</param>
    /// <param name="failed">Called when one of its loops has failed: a server would end with that.</param>
    /// <exception cref="IOException">The data are those of another release.</exception>
    internal static MemberProcess Start(
        MemberOptions options,
        NodeOptions data,
        Socket socket,
        Action<MemberProcess, Repair> requestRepair,
        Action<MemberProcess, Exception> failed
    )
    {
        var node = Node.Open(data);
        try
        {
            FeatureCompatibility.CheckOpens(node, options.Profile);
        }
        catch
        {
            node.Dispose();
            throw;
        }

        return new(new Member(node, options), socket, requestRepair, failed);
    }

    /// <summary>Ends at once, as a killed process: connections break, nothing is said or finished.</summary>
    public async ValueTask DisposeAsync()
    {
        await Member.Visits.CloseAsync().ConfigureAwait(false);
        if (Member.Replica is { } replica)
        {
            await replica.Network.LeaveAsync(replica.Index).ConfigureAwait(false);
        }

        await stopping.CancelAsync().ConfigureAwait(false);
        await listener.DisposeAsync().ConfigureAwait(false);
        // A loop that failed has said so already.
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Member.Cursors.KillWhere(_ => true);
        Member.Node.Transactions.AbortAll();
        Member.Node.Dispose();
        stopping.Dispose();
    }

    private void Run(Func<CancellationToken, Task> loop)
    {
        var running = Task.Run(() => loop(stopping.Token), CancellationToken.None);
        loops.Add(running);
        _ = running.ContinueWith(
            ended => failed(this, ended.Exception!.GetBaseException()),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default
        );
    }
}

using System.Diagnostics.CodeAnalysis;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// A replica set as routers reach it: a shard, or the config servers. Its members run in this process, but what a member's clients
/// would meet a router meets too: a member that is stalled, cut off or killed does not answer.
/// </summary>
internal sealed class ShardServer(string name, SandboxCluster set, ShardedCluster cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly TimeProvider time = cluster.Time;

    /// <summary>The shard's name.</summary>
    internal string Name => name;

    /// <summary>The replica set.</summary>
    internal SandboxCluster Set => set;

    /// <summary>Set name and members, as <c>config.shards</c> has them.</summary>
    internal string ConnectionString => AddressOf(set);

    /// <summary>Set name and members of a replica set.</summary>
    internal static string AddressOf(SandboxCluster set) => $"{set.SetName}/{string.Join(',', set.Hosts)}";

    /// <summary>The primary, waited for where there is none now.</summary>
    internal async ValueTask<Member> FindPrimaryAsync(CancellationToken cancellationToken)
    {
        var end = time.GetUtcNow() + Patience;
        while (true)
        {
            if (set.TryFindPrimary() is { } primary)
            {
                return primary;
            }

            if (time.GetUtcNow() > end)
            {
                throw new CommandException(
                    ErrorCode.FailedToSatisfyReadPreference,
                    $"Could not find host matching read preference {{ mode: \"primary\" }} for set {set.SetName}"
                );
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A secondary to read from; the primary where there is none.</summary>
    internal async ValueTask<Member> FindSecondaryAsync(CancellationToken cancellationToken) =>
        set.TryFindSecondary() ?? await FindPrimaryAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Works in the primary's process.</summary>
    internal async ValueTask<T> OnPrimaryAsync<T>(
        Func<Member, CancellationToken, ValueTask<T>> work,
        CancellationToken cancellationToken
    ) =>
        await OnAsync(await FindPrimaryAsync(cancellationToken).ConfigureAwait(false), work, cancellationToken)
            .ConfigureAwait(false);

    /// <summary>Works in the primary's process, and waits until a majority has what that wrote.</summary>
    internal ValueTask<T> OnMajorityAsync<T>(
        Func<Member, CancellationToken, ValueTask<T>> work,
        CancellationToken cancellationToken
    ) =>
        OnPrimaryAsync(
            async (member, token) =>
            {
                var result = await work(member, token).ConfigureAwait(false);
                var written = member.Node.LastApplied.Time;
                await member
                    .Node.Changed.WaitAsync(() => member.Node.MajorityTime >= written, token)
                    .ConfigureAwait(false);
                return result;
            },
            cancellationToken
        );

    /// <summary>Works in a member's process, unless it ends before that is done.</summary>
    /// <param name="member">The member.</param>
    /// <param name="work">What is done there.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="sentAt">The time that whoever asks tells; <see langword="null"/> for the latest of the cluster.</param>
    internal async ValueTask<T> OnAsync<T>(
        Member member,
        Func<Member, CancellationToken, ValueTask<T>> work,
        CancellationToken cancellationToken,
        ClusterTime? sentAt = null
    )
    {
        if (!member.Visits.TryEnter())
        {
            throw Unreachable(member);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, member.Visits.Closing);
        try
        {
            await member.Traffic.PassClientAsync(either.Token).ConfigureAwait(false);
            if (member.Traffic.DropsNow())
            {
                throw Unreachable(member);
            }

            member.Node.Clock.Advance(sentAt ?? cluster.Clock.Now);
            var result = await work(member, either.Token).ConfigureAwait(false);
            cluster.Clock.Advance(member.Node.Clock.Now);
            await member.Traffic.PassClientAsync(either.Token).ConfigureAwait(false);
            return result;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable(member);
        }
        catch (Faults.DiskFullException full)
        {
            member.Options.Failed?.Invoke(full);
            throw Unreachable(member);
        }
        finally
        {
            member.Visits.Leave();
        }
    }

    /// <summary>
    /// Reads in a member's process without waiting, in the primary's before a secondary's; says whether one of them could be asked.
    /// </summary>
    internal bool TryRead<T>(Func<Node, T> question, [MaybeNullWhen(false)] out T answer) =>
        TryRead(set.TryFindPrimary(), question, out answer) || TryRead(set.TryFindSecondary(), question, out answer);

    /// <summary>Reads in the primary's process without waiting; says whether it could be asked.</summary>
    internal bool TryReadPrimary<T>(Func<Node, T> question, [MaybeNullWhen(false)] out T answer) =>
        TryRead(set.TryFindPrimary(), question, out answer);

    /// <summary>Sends a request to a member and gives its reply, errors included.</summary>
    internal ValueTask<RawDocument> SendAsync(
        Member member,
        CommandRequest request,
        Client client,
        CancellationToken cancellationToken
    ) =>
        OnAsync(
            member,
            async (asked, token) =>
            {
                var outcome = await asked.Dispatcher.ExecuteAsync(request, client, token).ConfigureAwait(false);
                return outcome.Reply ?? throw Unreachable(asked);
            },
            cancellationToken,
            request.Routing?.SentAt
        );

    private static bool TryRead<T>(Member? member, Func<Node, T> question, [MaybeNullWhen(false)] out T answer)
    {
        answer = default;
        if (member is not { Traffic: { IsStalled: false, IsCutFromClients: false } } || !member.Visits.TryEnter())
        {
            return false;
        }

        try
        {
            answer = question(member.Node);
            return true;
        }
        finally
        {
            member.Visits.Leave();
        }
    }

    private static CommandException Unreachable(Member member) =>
        new(ErrorCode.HostUnreachable, $"Error connecting to {member.Host} :: caused by :: connection closed by peer");
}

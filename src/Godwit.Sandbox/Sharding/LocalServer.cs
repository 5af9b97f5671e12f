using System.Diagnostics.CodeAnalysis;
using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// A replica set whose members run in this process. What a member's clients would meet a router meets too: a member that is stalled,
/// cut off or killed does not answer.
/// </summary>
internal sealed class LocalServer(string name, SandboxCluster set, ShardedCluster cluster) : ShardServer(name)
{
    private readonly TimeProvider time = cluster.Time;

    /// <summary>The replica set.</summary>
    internal SandboxCluster Set => set;

    /// <inheritdoc/>
    internal override string SetName => set.SetName;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Hosts => [.. set.Hosts];

    /// <inheritdoc/>
    internal override async ValueTask<ShardMember> FindPrimaryAsync(CancellationToken cancellationToken) =>
        new LocalMember(await PrimaryAsync(cancellationToken).ConfigureAwait(false), this);

    /// <inheritdoc/>
    internal override async ValueTask<ShardMember> FindSecondaryAsync(CancellationToken cancellationToken) =>
        set.TryFindSecondary() is { } secondary
            ? new LocalMember(secondary, this)
            : await FindPrimaryAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    internal override ShardHistory OpenHistory(HistoryNeeds needs) => new LocalHistory(cluster, this);

    /// <inheritdoc/>
    protected override ValueTask<RawDocument> DoAsync(
        ShardTask task,
        TaskInput input,
        CancellationToken cancellationToken
    ) =>
        OnPrimaryAsync(
            (member, token) => task.RunAsync(member, input, now => cluster.Clock.Advance(now), token),
            cancellationToken
        );

    /// <summary>Works in the primary's process.</summary>
    internal async ValueTask<T> OnPrimaryAsync<T>(
        Func<Member, CancellationToken, ValueTask<T>> work,
        CancellationToken cancellationToken
    ) =>
        await OnAsync(await PrimaryAsync(cancellationToken).ConfigureAwait(false), work, cancellationToken)
            .ConfigureAwait(false);

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
            throw ShardMember.Unreachable(member.Host);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, member.Visits.Closing);
        try
        {
            await member.Traffic.PassClientAsync(either.Token).ConfigureAwait(false);
            if (member.Traffic.DropsNow())
            {
                throw ShardMember.Unreachable(member.Host);
            }

            member.Node.Clock.Advance(sentAt ?? cluster.Clock.Now);
            var result = await work(member, either.Token).ConfigureAwait(false);
            cluster.Clock.Advance(member.Node.Clock.Now);
            await member.Traffic.PassClientAsync(either.Token).ConfigureAwait(false);
            return result;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ShardMember.Unreachable(member.Host);
        }
        catch (Faults.DiskFullException full)
        {
            member.Options.Failed?.Invoke(full);
            throw ShardMember.Unreachable(member.Host);
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

    private async ValueTask<Member> PrimaryAsync(CancellationToken cancellationToken)
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
                throw NoPrimary();
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

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
}

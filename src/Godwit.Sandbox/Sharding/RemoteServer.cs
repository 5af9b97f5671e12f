using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>A shard whose members run in another process, which was started to serve as one (<c>--shardsvr</c>).</summary>
internal sealed class RemoteServer : ShardServer
{
    private static readonly TimeSpan HelloPatience = TimeSpan.FromSeconds(3);
    private readonly ShardedCluster cluster;
    private readonly IReadOnlyList<RemoteMember> members;
    private volatile RemoteMember? primary;

    internal RemoteServer(string name, string address, ShardedCluster cluster)
        : base(name)
    {
        this.cluster = cluster;
        var parts = address.Split('/');
        SetName = parts[0];
        Hosts = parts[1].Split(',');
        members = [.. Hosts.Select(host => new RemoteMember(host, this, cluster))];
    }

    /// <inheritdoc/>
    internal override string SetName { get; }

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Hosts { get; }

    /// <summary>Looks for a set that <c>addShard</c> names by set name and some of its members.</summary>
    internal static async ValueTask<RemoteServer> FindAsync(
        string? name,
        string address,
        ShardedCluster cluster,
        CancellationToken cancellationToken
    )
    {
        var parts = address.Split('/');
        if (parts is not [{ Length: > 0 } setName, { Length: > 0 } hosts] || !hosts.Split(',').All(IsAddress))
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                $"{address} is no replica set's address: <setname>/<server1>,<server2>, ... is wanted"
            );
        }

        var seeds = new RemoteServer(name ?? setName, address, cluster);
        var hello = await seeds.WaitForAnyAsync(cancellationToken).ConfigureAwait(false);
        await seeds.CloseAsync().ConfigureAwait(false);
        if (hello["setName"] is not { Type: BsonType.String } of || of.AsString != setName)
        {
            throw new CommandException(
                ErrorCode.OperationFailed,
                $"in seed list {address}, host {hello["me"]} does not belong to replica set {setName}; found {hello}"
            );
        }

        var all = hello["hosts"].AsDocument.Values().Select(host => host.AsString);
        return new(seeds.Name, $"{setName}/{string.Join(',', all)}", cluster);
    }

    /// <summary>What the first member says that answers.</summary>
    private async ValueTask<RawDocument> WaitForAnyAsync(CancellationToken cancellationToken)
    {
        var end = cluster.Time.GetUtcNow() + Patience;
        while (true)
        {
            foreach (var member in members)
            {
                if (await TryHelloAsync(member, cluster, cancellationToken).ConfigureAwait(false) is { } hello)
                {
                    return hello;
                }
            }

            if (cluster.Time.GetUtcNow() > end)
            {
                throw NoPrimary();
            }

            await Task.Delay(Pause, cluster.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    internal override async ValueTask<ShardMember> FindPrimaryAsync(CancellationToken cancellationToken)
    {
        var end = cluster.Time.GetUtcNow() + Patience;
        while (true)
        {
            if (await TryFindPrimaryAsync(cancellationToken).ConfigureAwait(false) is { } found)
            {
                return found;
            }

            if (cluster.Time.GetUtcNow() > end)
            {
                throw NoPrimary();
            }

            await Task.Delay(Pause, cluster.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    internal override async ValueTask<ShardMember> FindSecondaryAsync(CancellationToken cancellationToken)
    {
        foreach (var member in members)
        {
            if (
                await TryHelloAsync(member, cluster, cancellationToken).ConfigureAwait(false) is { } hello
                && hello["secondary"].IsTruthy()
            )
            {
                return member;
            }
        }

        return await FindPrimaryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    internal override ShardHistory OpenHistory(HistoryNeeds needs) => new RemoteHistory(cluster, this, needs);

    /// <summary>A member that was primary is not, or does not answer: it is looked for anew.</summary>
    internal void Forget(RemoteMember member) => _ = Interlocked.CompareExchange(ref primary, null, member);

    /// <summary>Closes the connections that are not in use.</summary>
    internal async ValueTask CloseAsync()
    {
        foreach (var member in members)
        {
            await member.CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Has a task done if there is a primary that answers; <see langword="null"/> if not.</summary>
    internal async ValueTask<RawDocument?> TryDoAsync(
        ShardTask task,
        DocumentBuilder arguments,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await TryFindPrimaryAsync(cancellationToken).ConfigureAwait(false) is { } member
                ? await member.DoAsync(task, new(arguments.Build(), []), cancellationToken).ConfigureAwait(false)
                : null;
        }
        catch (CommandException lost) when (lost.Code.IsAboutPrimary())
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> DoAsync(
        ShardTask task,
        TaskInput input,
        CancellationToken cancellationToken
    )
    {
        var member = (RemoteMember)await FindPrimaryAsync(cancellationToken).ConfigureAwait(false);
        return await member.DoAsync(task, input, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<RemoteMember?> TryFindPrimaryAsync(CancellationToken cancellationToken)
    {
        if (primary is { } known)
        {
            return known;
        }

        foreach (var member in members)
        {
            if (
                await TryHelloAsync(member, cluster, cancellationToken).ConfigureAwait(false) is { } hello
                && hello["isWritablePrimary"].IsTruthy()
                && hello["setName"] == SetName
            )
            {
                return primary = member;
            }
        }

        return null;
    }

    private static async ValueTask<RawDocument?> TryHelloAsync(
        RemoteMember member,
        ShardedCluster cluster,
        CancellationToken cancellationToken
    )
    {
        var patience = HelloPatience > cluster.Peers.OpenTimeout ? HelloPatience : cluster.Peers.OpenTimeout;
        using var deadline = new CancellationTokenSource(patience, cluster.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await member.HelloAsync(either.Token).ConfigureAwait(false);
        }
        catch (CommandException lost) when (lost.Code == ErrorCode.HostUnreachable)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static bool IsAddress(string host) =>
        host.LastIndexOf(':') is > 0 and var colon
        && int.TryParse(host.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture, out _);
}

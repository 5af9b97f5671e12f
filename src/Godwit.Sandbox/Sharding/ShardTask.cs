using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Something that a router has a shard's primary do beside the commands of clients: MongoDB has internal commands (<c>_shardsvr…</c>)
/// for it. What goes in and comes out are documents, so that the shard may run in another process.
/// </summary>
internal sealed class ShardTask
{
    private readonly Func<Member, TaskInput, CancellationToken, ValueTask<RawDocument>> body;

    private ShardTask(string name, Func<Member, TaskInput, CancellationToken, ValueTask<RawDocument>> body) =>
        (Name, this.body) = (name, body);

    /// <summary>What it is called between processes.</summary>
    internal string Name { get; }

    /// <summary>Whether it is done only when a majority has what it wrote.</summary>
    internal bool WaitsForMajority { get; init; }

    /// <summary>A task that answers at once.</summary>
    internal static ShardTask Of(string name, Func<Member, TaskInput, DocumentBuilder> body) =>
        new(name, (member, input, _) => ValueTask.FromResult(body(member, input).Build()));

    /// <summary>A task that answers at once, when a majority has what it wrote.</summary>
    internal static ShardTask OfMajority(string name, Func<Member, TaskInput, DocumentBuilder> body) =>
        new(name, (member, input, _) => ValueTask.FromResult(body(member, input).Build())) { WaitsForMajority = true };

    /// <summary>A task that waits for something.</summary>
    internal static ShardTask Awaited(
        string name,
        Func<Member, TaskInput, CancellationToken, ValueTask<DocumentBuilder>> body,
        bool waitsForMajority = false
    ) =>
        new(name, async (member, input, token) => (await body(member, input, token).ConfigureAwait(false)).Build())
        {
            WaitsForMajority = waitsForMajority,
        };

    /// <summary>Does it on a member.</summary>
    /// <param name="member">The member.</param>
    /// <param name="input">What it is given.</param>
    /// <param name="tell">Called when it is done here, before others have it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async ValueTask<RawDocument> RunAsync(
        Member member,
        TaskInput input,
        Action<ClusterTime> tell,
        CancellationToken cancellationToken
    )
    {
        var result = await body(member, input, cancellationToken).ConfigureAwait(false);
        tell(member.Node.Clock.Now);
        if (WaitsForMajority)
        {
            var written = member.Node.LastApplied.Time;
            await member
                .Node.Changed.WaitAsync(() => member.Node.MajorityTime >= written, cancellationToken)
                .ConfigureAwait(false);
        }

        return result;
    }
}

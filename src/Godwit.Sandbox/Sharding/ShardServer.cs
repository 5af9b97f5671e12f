using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// A replica set as routers reach it: a shard, or the config servers. Routers send it requests of clients, and tasks of their own;
/// its members run in this process (<see cref="LocalServer"/>) or in another (<see cref="RemoteServer"/>).
/// </summary>
internal abstract class ShardServer(string name)
{
    /// <summary>How long a primary is waited for.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>How long to wait before looking for a primary again.</summary>
    protected static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>The shard's name.</summary>
    internal string Name => name;

    /// <summary>The replica set's name.</summary>
    internal abstract string SetName { get; }

    /// <summary>The members' addresses.</summary>
    internal abstract IReadOnlyList<string> Hosts { get; }

    /// <summary>Set name and members, as <c>config.shards</c> has them.</summary>
    internal string ConnectionString => $"{SetName}/{string.Join(',', Hosts)}";

    /// <summary>The primary, waited for where there is none now.</summary>
    internal abstract ValueTask<ShardMember> FindPrimaryAsync(CancellationToken cancellationToken);

    /// <summary>A secondary to read from; the primary where there is none.</summary>
    internal abstract ValueTask<ShardMember> FindSecondaryAsync(CancellationToken cancellationToken);

    /// <summary>The shard's oplog and data, as a change stream through a router reads them.</summary>
    internal abstract ShardHistory OpenHistory(HistoryNeeds needs);

    /// <summary>Has the primary do a task, and gives what that gives.</summary>
    internal ValueTask<RawDocument> DoAsync(
        ShardTask task,
        DocumentBuilder arguments,
        CancellationToken cancellationToken,
        IReadOnlyList<RawDocument>? documents = null
    ) => DoAsync(task, new TaskInput(arguments.Build(), documents ?? []), cancellationToken);

    /// <summary>Has the primary do a task.</summary>
    protected abstract ValueTask<RawDocument> DoAsync(
        ShardTask task,
        TaskInput input,
        CancellationToken cancellationToken
    );

    /// <summary>The refusal where no primary came in time.</summary>
    protected CommandException NoPrimary() =>
        new(
            ErrorCode.FailedToSatisfyReadPreference,
            $"Could not find host matching read preference {{ mode: \"primary\" }} for set {SetName}"
        );
}

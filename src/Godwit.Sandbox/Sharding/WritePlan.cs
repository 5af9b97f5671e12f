namespace Godwit.Sandbox.Sharding;

/// <summary>Where one statement of a write goes.</summary>
/// <param name="Shards">The shards; none where there is nothing to be done.</param>
/// <param name="IsOneOf">Whether one document is to be written that may be on any of them: it has to be found first.</param>
internal sealed record WritePlan(IReadOnlyList<ShardServer> Shards, bool IsOneOf = false)
{
    /// <summary>Whether the shards are asked one after the other, until one has found something.</summary>
    internal bool EndsWithFirst { get; init; }

    /// <summary>The only shard; <see langword="null"/> where there are several.</summary>
    internal ShardServer? Only => Shards is [var only] ? only : null;
}

using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// The moves under way, so that no document is moved by two at once: one that is asked for again is the one under way, another one that has
/// documents in common with it is refused (active_migrations_registry.cpp; there a shard takes part in one at a time, whatever their ranges).
/// </summary>
internal sealed class ActiveMigrations
{
    private readonly Lock gate = new();
    private readonly List<Migration> active = [];

    /// <summary>Begins a move, unless the same one is under way; the one to wait for.</summary>
    /// <exception cref="CommandException">ConflictingOperationInProgress: some of the documents are being moved otherwise.</exception>
    internal Migration Begin(Migration wanted)
    {
        lock (gate)
        {
            active.RemoveAll(one => one.HasEnded);
            if (active.Find(wanted.IsSame) is { } same)
            {
                return same;
            }

            if (active.Find(wanted.Overlaps) is { } other)
            {
                throw new CommandException(
                    ErrorCode.ConflictingOperationInProgress,
                    $"Unable to start new balancer operation because this shard is currently donating range {other}"
                );
            }

            wanted.Begin();
            active.Add(wanted);
            return wanted;
        }
    }
}

using System.Collections.Concurrent;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>The commands running on a member now, for <c>currentOp</c> and <c>killOp</c>.</summary>
internal sealed class OperationTable
{
    private readonly ConcurrentDictionary<int, RunningOperation> running = new();
    private int lastId;

    /// <summary>The commands running now.</summary>
    internal IEnumerable<RunningOperation> Running => running.Values;

    /// <summary>Registers a command; dispose what is given when it ends.</summary>
    internal RunningOperation Begin(CommandContext context, CancellationToken cancellationToken)
    {
        var operation = new RunningOperation(this, Interlocked.Increment(ref lastId), context, cancellationToken);
        running[operation.Id] = operation;
        return operation;
    }

    /// <summary>Interrupts a command, if it is still running.</summary>
    internal void Kill(int id, ErrorCode reason = ErrorCode.Interrupted)
    {
        if (running.TryGetValue(id, out var operation))
        {
            operation.Kill(reason);
        }
    }

    /// <summary>Interrupts all commands for which a condition holds.</summary>
    internal void KillWhere(Func<RunningOperation, bool> condition, ErrorCode reason)
    {
        foreach (var operation in running.Values.Where(condition))
        {
            operation.Kill(reason);
        }
    }

    internal void Remove(RunningOperation operation) => running.TryRemove(operation.Id, out _);
}

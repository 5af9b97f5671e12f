using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>One running command: what it is, since when, and how to interrupt it.</summary>
internal sealed class RunningOperation : IDisposable
{
    private readonly OperationTable table;
    private readonly CancellationTokenSource interruption;
    private readonly Lock gate = new();
    private bool isEnded;

    internal RunningOperation(OperationTable table, int id, CommandContext context, CancellationToken cancellationToken)
    {
        this.table = table;
        Id = id;
        Context = context;
        StartedAt = context.Member.Time.GetUtcNow();
        Began = context.Member.Time.GetTimestamp();
        interruption = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    /// <summary>Its number, the <c>opid</c>.</summary>
    internal int Id { get; }

    /// <summary>The command.</summary>
    internal CommandContext Context { get; }

    /// <summary>When it began.</summary>
    internal DateTimeOffset StartedAt { get; }

    /// <summary>When it began, as the clock counts ticks.</summary>
    internal long Began { get; }

    /// <summary>Why it was interrupted; OK while it was not.</summary>
    internal ErrorCode KillReason { get; private set; }

    /// <summary>Cancelled when the command is interrupted or the member stops.</summary>
    internal CancellationToken Token => interruption.Token;

    /// <summary>Interrupts the command; the first reason holds.</summary>
    internal void Kill(ErrorCode reason)
    {
        lock (gate)
        {
            if (isEnded || KillReason != ErrorCode.OK)
            {
                return;
            }

            KillReason = reason;
            interruption.Cancel();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        table.Remove(this);
        lock (gate)
        {
            isEnded = true;
            interruption.Dispose();
        }
    }
}

namespace Godwit.Cluster.Leading;

/// <summary>Where a process learns that it leads.</summary>
internal sealed class LeadSeat(HostIdentity self, TimeProvider time)
{
    private readonly Lock gate = new();
    private TaskCompletionSource<Lead> taken = New();
    private Lead? current;

    /// <summary>Completes when this process leads.</summary>
    internal Task<Lead> Taken
    {
        get
        {
            lock (gate)
            {
                return taken.Task;
            }
        }
    }

    /// <summary>From now on this process leads; what it led before is over.</summary>
    internal Lead Take()
    {
        lock (gate)
        {
            current?.Lose();
            current = new(self, new(time), time);
            if (!taken.TrySetResult(current))
            {
                taken = New();
                taken.SetResult(current);
            }

            return current;
        }
    }

    /// <summary>This process has stopped what it led: it may lead again.</summary>
    internal void Leave(Lead lead)
    {
        lock (gate)
        {
            if (ReferenceEquals(current, lead))
            {
                current = null;
                taken = New();
            }
        }
    }

    private static TaskCompletionSource<Lead> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

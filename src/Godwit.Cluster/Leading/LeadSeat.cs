namespace Godwit.Cluster.Leading;

/// <summary>Where this process learns that it leads a migration that it is willing to lead.</summary>
/// <param name="make">Makes a leadership.</param>
internal sealed class LeadSeat(Func<Lead> make)
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
            current = make();
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

    /// <summary>This process leads it no more.</summary>
    internal void Lose()
    {
        lock (gate)
        {
            current?.Lose();
        }
    }

    private static TaskCompletionSource<Lead> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

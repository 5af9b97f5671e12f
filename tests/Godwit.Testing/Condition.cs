namespace Godwit.Testing;

/// <summary>Waits for what no event tells of, by looking again and again.</summary>
public static class Condition
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits until something holds.</summary>
    /// <param name="holds">Looks whether it does.</param>
    /// <param name="otherwise">Says what is not so, when it has not come in time.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="TimeoutException">It did not hold in time.</exception>
    public static async Task UntilAsync(
        Func<Task<bool>> holds,
        Func<string> otherwise,
        TimeSpan patience,
        CancellationToken cancellation
    )
    {
        using var limit = new CancellationTokenSource(patience);
        while (!await holds())
        {
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException(otherwise());
            }

            await Task.Delay(LookAgain, cancellation);
        }
    }
}

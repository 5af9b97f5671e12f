namespace Godwit.Hub.Hosting;

/// <summary>
/// A demonstration's application, which writes to the source: pages say that it does, and let it be stopped as one would stop one's own.
/// </summary>
internal sealed class Demonstration(Func<Task> stop, Action start)
{
    private volatile bool isWriting;

    internal bool IsWriting => isWriting;

    internal event Action? Changed;

    /// <summary>Lets the application write.</summary>
    internal void Start()
    {
        if (!isWriting)
        {
            isWriting = true;
            start();
            Changed?.Invoke();
        }
    }

    /// <summary>Lets it finish what it is about, and write no more.</summary>
    internal async Task StopAsync()
    {
        if (isWriting)
        {
            await stop().ConfigureAwait(false);
            isWriting = false;
            Changed?.Invoke();
        }
    }
}

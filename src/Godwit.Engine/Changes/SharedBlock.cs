namespace Godwit.Engine.Changes;

/// <summary>A batch of events that several lanes still look at: given back when the last of them is done.</summary>
internal sealed class SharedBlock(params IDisposable[] owned) : IDisposable
{
    private int users = 1;

    internal SharedBlock Share()
    {
        _ = Interlocked.Increment(ref users);
        return this;
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            foreach (var one in owned)
            {
                one.Dispose();
            }
        }
    }
}

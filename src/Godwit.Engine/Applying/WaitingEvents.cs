namespace Godwit.Engine.Applying;

/// <summary>The events of one open range, in order, in bytes of their own (S5).</summary>
internal sealed class WaitingEvents : IDisposable
{
    private readonly Queue<PendingEvent> events = [];

    internal bool IsEmpty => events.Count == 0;

    internal void Add(PendingEvent item) => events.Enqueue(item.Block is null ? item : item.Detach());

    internal PendingEvent Take() => events.Dequeue();

    public void Dispose() => events.Clear();
}

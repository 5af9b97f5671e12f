using Godwit.Engine.Changes;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Applying;

/// <summary>A data event on its way: its bytes, the block that owns them, and where it belongs.</summary>
internal sealed class PendingEvent(ChangeEvent change, FollowedCollection collection, KeyHash key, IDisposable? block)
{
    internal ChangeEvent Change { get; } = change;

    internal FollowedCollection Collection { get; } = collection;

    internal KeyHash Key { get; } = key;

    internal IDisposable? Block { get; } = block;

    /// <summary>The same event in bytes of its own, for those that are kept for long: they must not hold a whole batch.</summary>
    internal PendingEvent Detach()
    {
        var own = new PendingEvent(ChangeEvent.Parse(new(Change.Raw.Bytes.ToArray())), Collection, Key, null);
        Block?.Dispose();
        return own;
    }
}

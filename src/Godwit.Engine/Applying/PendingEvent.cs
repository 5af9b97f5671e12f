using Godwit.Engine.Changes;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Applying;

/// <summary>
/// A data event on its way: where its bytes lie, the block that owns them, and where it belongs. Whoever keeps it takes a share of the
/// block.
/// </summary>
internal readonly struct PendingEvent(
    in ChangeEvent change,
    FollowedCollection collection,
    in KeyHash key,
    SharedBlock block
)
{
    internal readonly ChangeEvent Change = change;

    internal FollowedCollection Collection { get; } = collection;

    internal KeyHash Key { get; } = key;

    internal SharedBlock Block { get; } = block;

    /// <summary>The address in bytes that outlive the block.</summary>
    internal static FollowedKey AddressOf(PendingEvent item) => FollowedKey.Copy(item.Collection, item.Change.Id);
}

using Godwit.Bson;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Applying;

/// <summary>
/// A document whose state on the destination is in doubt: it is read again at a snapshot, and until that is done its events are
/// covered by the coming read or parked behind it (S12). There may be millions: each holds no more than it has to.
/// </summary>
internal sealed class DirtyKey<TEvent>(KeyHash key, FollowedKey address, ClusterTime since, ClusterTime noEarlierThan)
{
    /// <summary>What one takes in memory besides its key, with its places in the tables it stands in.</summary>
    private const int OwnBytes = 256;

    private List<(ClusterTime Time, TEvent Event)>? parked;

    internal KeyHash Key { get; } = key;

    internal FollowedKey Address { get; } = address;

    /// <summary>About what it takes in memory.</summary>
    internal int Bytes => OwnBytes + Address.Id.Bytes.Length;

    /// <summary>Time of the earliest event the re-read stands for: the floor stays below it.</summary>
    internal ClusterTime Since { get; set; } = since;

    /// <summary>Every event routed so far is at or before this time, so the read must be too.</summary>
    internal ClusterTime NoEarlierThan { get; set; } = noEarlierThan;

    /// <summary>The time being read at; zero until one is chosen.</summary>
    internal ClusterTime ReadAt { get; set; }

    internal bool IsBeingRead => ReadAt != ClusterTime.Zero;

    /// <summary>Events after <see cref="ReadAt"/>, in order.</summary>
    internal IReadOnlyList<(ClusterTime Time, TEvent Event)> Parked => parked ?? [];

    internal void Park(ClusterTime time, in TEvent item) => (parked ??= []).Add((time, item));
}

/// <summary>Where a dirty document is: its collection's source UUID and its <c>_id</c>, in bytes of their own.</summary>
internal readonly record struct FollowedKey(Guid Collection, RawValue Id)
{
    internal static FollowedKey Copy(FollowedCollection collection, RawValue id) =>
        new(collection.Uuid, new(id.Type, id.Bytes.ToArray()));
}

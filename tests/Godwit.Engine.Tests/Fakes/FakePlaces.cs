using System.Collections.Immutable;

namespace Godwit.Engine.Tests.Fakes;

/// <summary>
/// Where the documents of one collection lie, as WiredTiger has it: whoever comes gets the next place and keeps it, however it changes;
/// what is taken out and put back comes to the end.
/// </summary>
internal sealed record FakePlaces(
    ImmutableSortedDictionary<byte[], long> ByKey,
    ImmutableSortedDictionary<long, byte[]> InOrder,
    long Next
)
{
    internal static readonly FakePlaces Empty = new(
        ImmutableSortedDictionary<byte[], long>.Empty.WithComparers(KeyBytesComparer.Instance),
        ImmutableSortedDictionary<long, byte[]>.Empty,
        0
    );

    internal FakePlaces Put(byte[] key) =>
        ByKey.ContainsKey(key) ? this : new(ByKey.Add(key, Next), InOrder.Add(Next, key), Next + 1);

    internal FakePlaces Remove(byte[] key) =>
        ByKey.TryGetValue(key, out var place)
            ? this with
            {
                ByKey = ByKey.Remove(key),
                InOrder = InOrder.Remove(place),
            }
            : this;
}

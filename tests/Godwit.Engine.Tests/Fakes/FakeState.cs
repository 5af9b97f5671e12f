using System.Collections.Immutable;
using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Tests.Fakes;

/// <summary>Compares key strings as bytes.</summary>
internal sealed class KeyBytesComparer : IComparer<byte[]>
{
    internal static readonly KeyBytesComparer Instance = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}

/// <summary>Everything a fake cluster holds at one moment: immutable, so that any past moment can be read again.</summary>
internal sealed record FakeState(
    ImmutableDictionary<Namespace, CollectionDescription> Catalogue,
    ImmutableDictionary<Guid, ImmutableSortedDictionary<byte[], RawDocument>> Documents
)
{
    /// <summary>Where documents lie: natural order.</summary>
    private ImmutableDictionary<Guid, FakePlaces> Places { get; init; } = ImmutableDictionary<Guid, FakePlaces>.Empty;

    internal static readonly FakeState Empty = new(
        ImmutableDictionary<Namespace, CollectionDescription>.Empty,
        ImmutableDictionary<Guid, ImmutableSortedDictionary<byte[], RawDocument>>.Empty
    );

    private static readonly ImmutableSortedDictionary<byte[], RawDocument> NoDocuments = ImmutableSortedDictionary<
        byte[],
        RawDocument
    >.Empty.WithComparers(KeyBytesComparer.Instance);

    internal ImmutableSortedDictionary<byte[], RawDocument> Of(Guid uuid) =>
        Documents.GetValueOrDefault(uuid, NoDocuments);

    internal RawDocument? Find(Guid uuid, RawValue id) =>
        Of(uuid).TryGetValue(KeyString.Encode(id), out var document) ? document : null;

    /// <summary>The next documents in natural order, with their places.</summary>
    internal IReadOnlyList<(long Place, RawDocument Document)> After(Guid uuid, long place, int countMax)
    {
        var documents = Of(uuid);
        return
        [
            .. PlacesOf(uuid)
                .InOrder.Where(one => one.Key > place)
                .Take(countMax)
                .Select(one => (one.Key, documents[one.Value])),
        ];
    }

    private FakePlaces PlacesOf(Guid uuid) => Places.GetValueOrDefault(uuid, FakePlaces.Empty);

    internal FakeState Put(Guid uuid, RawDocument document) =>
        this with
        {
            Documents = Documents.SetItem(uuid, Of(uuid).SetItem(KeyString.Encode(document["_id"]), document)),
            Places = Places.SetItem(uuid, PlacesOf(uuid).Put(KeyString.Encode(document["_id"]))),
        };

    internal FakeState Remove(Guid uuid, RawValue id) =>
        this with
        {
            Documents = Documents.SetItem(uuid, Of(uuid).Remove(KeyString.Encode(id))),
            Places = Places.SetItem(uuid, PlacesOf(uuid).Remove(KeyString.Encode(id))),
        };

    internal FakeState Define(CollectionDescription description) =>
        this with
        {
            Catalogue = Catalogue.SetItem(description.Name, description),
        };

    internal FakeState Drop(Namespace name) =>
        Catalogue.TryGetValue(name, out var gone)
            ? this with
            {
                Catalogue = Catalogue.Remove(name),
                Documents = Documents.Remove(gone.Uuid),
                Places = Places.Remove(gone.Uuid),
            }
            : this;

    internal FakeState Rename(Namespace from, Namespace to)
    {
        var moved = Catalogue[from];
        var without = Drop(to);
        return without with { Catalogue = without.Catalogue.Remove(from).Add(to, moved with { Name = to }) };
    }

    /// <summary>All content as text, by name; the reserved database aside.</summary>
    internal string Describe() =>
        string.Join(
            "\n",
            Catalogue
                .Values.Where(one => !ReservedNames.IsReserved(one.Name.Database))
                .OrderBy(one => one.Name.ToString(), StringComparer.Ordinal)
                .Select(one =>
                    $"{one.Name} {one.Options} [{string.Join("; ", one.Indexes.Select(index => index.ToString()).Order(StringComparer.Ordinal))}]\n  "
                    + string.Join("\n  ", Of(one.Uuid).Values.Select(document => document.ToString()))
                )
        );
}

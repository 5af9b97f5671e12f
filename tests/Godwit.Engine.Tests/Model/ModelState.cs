using System.Collections.Immutable;
using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Tests.Model;

/// <summary>What a cluster holds at one moment. A document is a string of two-character fields ("a3c1"), so that field order counts.</summary>
public sealed record ModelState(
    ImmutableSortedDictionary<string, Guid> Names,
    ImmutableDictionary<(Guid Collection, int Key), string> Documents
)
{
    /// <summary>Where documents stand in the natural order of all: later ones behind.</summary>
    private ImmutableDictionary<(Guid Collection, int Key), int> Places { get; init; } =
        ImmutableDictionary<(Guid, int), int>.Empty;

    private int NextPlace { get; init; }

    public static readonly ModelState Empty = new(
        ImmutableSortedDictionary<string, Guid>.Empty.WithComparers(StringComparer.Ordinal),
        ImmutableDictionary<(Guid, int), string>.Empty
    );

    internal IReadOnlyList<CollectionDescription> List() =>
        [
            .. Names.Select(entry => new CollectionDescription(
                new("db", entry.Key),
                entry.Value,
                CollectionKind.Collection,
                RawDocument.Empty,
                [],
                []
            )),
        ];

    internal ModelState Drop(Guid collection) =>
        this with
        {
            Names = Names.RemoveRange(Names.Where(entry => entry.Value == collection).Select(entry => entry.Key)),
            Documents = Documents.RemoveRange(Documents.Keys.Where(key => key.Collection == collection)),
            Places = Places.RemoveRange(Places.Keys.Where(key => key.Collection == collection)),
        };

    /// <summary>Writes a document: one that is there keeps its place, one that is not comes to the end.</summary>
    internal ModelState Put(Guid collection, int key, string? document) =>
        document is null
            ? this with
            {
                Documents = Documents.Remove((collection, key)),
                Places = Places.Remove((collection, key)),
            }
            : this with
            {
                Documents = Documents.SetItem((collection, key), document),
                Places = Documents.ContainsKey((collection, key))
                    ? Places
                    : Places.SetItem((collection, key), NextPlace),
                NextPlace = NextPlace + 1,
            };

    /// <summary>The keys of a collection in natural order, with their places.</summary>
    internal IReadOnlyList<(int Key, int Place)> InOrder(Guid collection) =>
        [
            .. Places
                .Where(one => one.Key.Collection == collection)
                .OrderBy(one => one.Value)
                .Select(one => (one.Key.Key, one.Value)),
        ];

    internal ModelState Rename(Guid collection, string name) =>
        this with
        {
            Names = Names
                .RemoveRange(Names.Where(entry => entry.Value == collection).Select(entry => entry.Key))
                .Add(name, collection),
        };

    /// <summary>Whether another document of the collection has the same value of <c>a</c>, which a unique index would refuse.</summary>
    internal bool Repeats(Guid collection, int key, string? document)
    {
        var at = document?.IndexOf('a', StringComparison.Ordinal) ?? -1;
        return at >= 0
            && Documents.Any(one =>
                one.Key.Collection == collection
                && one.Key.Key != key
                && one.Value.Contains(document![at..(at + 2)], StringComparison.Ordinal)
            );
    }

    /// <summary>By name, so that two clusters with other UUIDs compare.</summary>
    /// <param name="inOrder">Whether the natural order is content.</param>
    internal string Describe(bool inOrder = false) =>
        string.Join(
            "; ",
            Names.Select(entry =>
                entry.Key
                + ": "
                + string.Join(
                    ",",
                    Documents
                        .Where(one => one.Key.Collection == entry.Value)
                        .OrderBy(one => inOrder ? Places[one.Key] : one.Key.Key)
                        .Select(one => $"{one.Key.Key}={one.Value}")
                )
            )
        );
}

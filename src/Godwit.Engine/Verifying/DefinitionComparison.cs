using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Verifying;

/// <summary>Compares what two collections are: kind, options, indexes. The order of options and of index fields means nothing, but of a key it does.</summary>
internal static class DefinitionComparison
{
    /// <summary>Fields of a listed index that say nothing about it.</summary>
    private static readonly string[] Immaterial = ["ns", "background"];

    /// <summary>Says in words each thing that differs.</summary>
    internal static IEnumerable<string> Compare(CollectionDescription source, CollectionDescription destination)
    {
        if (source.Kind != destination.Kind)
        {
            yield return $"a {source.Kind} on the source, a {destination.Kind} on the destination";
            yield break;
        }

        if (!AreEqual(source.Options, destination.Options, []))
        {
            yield return $"options {source.Options} on the source, {destination.Options} on the destination";
        }

        var there = destination.Indexes.ToDictionary(NameOf, StringComparer.Ordinal);
        foreach (var index in source.Indexes)
        {
            if (!there.Remove(NameOf(index), out var other))
            {
                yield return $"index {NameOf(index)} is missing on the destination";
            }
            else if (!AreEqual(index, other, Immaterial))
            {
                yield return $"index {NameOf(index)}: {index} on the source, {other} on the destination";
            }
        }

        foreach (var (name, index) in there)
        {
            if (!SupportingIndexes.IsNeeded(index, source, destination.ShardKey))
            {
                yield return $"index {name} is not on the source";
            }
        }
    }

    private static string NameOf(RawDocument index) => index["name"].AsString;

    /// <summary>As index keys are compared: a number is the same in whatever type a command has stored it.</summary>
    private static bool AreEqual(RawDocument one, RawDocument other, string[] leftOut) =>
        KeyString.Encode(Sorted(one, leftOut)).AsSpan().SequenceEqual(KeyString.Encode(Sorted(other, leftOut)));

    private static RawDocument Sorted(RawDocument document, string[] leftOut)
    {
        var sorted = new DocumentBuilder(document.Length);
        foreach (var field in ((IEnumerable<RawElement>)document).OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            if (Array.IndexOf(leftOut, field.Name) < 0)
            {
                _ = sorted.Add(field);
            }
        }

        return sorted.Build();
    }
}

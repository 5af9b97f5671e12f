using Godwit.Bson;

namespace Godwit.Engine.Tests.Fakes;

/// <summary>What a fake server does to documents on their way out: <c>$match</c> with <c>$lt</c> on numbers, <c>$set</c> of constants, <c>$unset</c>.</summary>
internal static class FakeStages
{
    internal static IReadOnlyList<RawDocument> Apply(
        IReadOnlyList<RawDocument> stages,
        IEnumerable<RawDocument> documents
    ) => [.. stages.Aggregate(documents, (all, stage) => Apply(stage, all))];

    private static IEnumerable<RawDocument> Apply(RawDocument stage, IEnumerable<RawDocument> documents)
    {
        var (name, content) = stage.Select(one => (one.Name, one.Value)).Single();
        return name switch
        {
            "$match" => documents.Where(one => content.AsDocument.All(test => IsLess(one[test.Name], test.Value))),
            "$set" => documents.Select(one => Set(one, content.AsDocument)),
            "$unset" => documents.Select(one => Unset(one, [.. content.AsDocument.Values().Select(v => v.AsString)])),
            _ => throw new NotSupportedException(name),
        };
    }

    private static bool IsLess(RawValue value, RawValue test) =>
        value.ToInt64() is { } number && number < test.AsDocument["$lt"].ToInt64();

    private static RawDocument Set(RawDocument document, RawDocument values)
    {
        var builder = new DocumentBuilder();
        foreach (var element in document)
        {
            _ = builder.Add(element.Name, values[element.Name] is { IsMissing: false } now ? now : element.Value);
        }

        foreach (var added in values.Where(one => !document.Has(one.Name)))
        {
            _ = builder.Add(added);
        }

        return builder.Build();
    }

    private static RawDocument Unset(RawDocument document, string[] names)
    {
        var builder = new DocumentBuilder();
        foreach (var element in document.Where(one => !names.Contains(one.Name, StringComparer.Ordinal)))
        {
            _ = builder.Add(element);
        }

        return builder.Build();
    }
}

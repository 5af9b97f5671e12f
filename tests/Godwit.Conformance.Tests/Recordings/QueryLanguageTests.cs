using Godwit.Bson;
using Godwit.Sandbox.Aggregation;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Query.Projecting;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.Recordings;

/// <summary>The recorded queries, asked of the query language itself, without a server around it.</summary>
public sealed class QueryLanguageTests
{
    private readonly Dictionary<string, IReadOnlyList<RawDocument>> collections = [];

    [Fact]
    public void Filters_sorts_and_projections_answer_as_a_real_server_did()
    {
        var failures = new List<string>();
        var total = 0;
        foreach (var line in GoldenFile.ReadLines("queries.jsonl"))
        {
            if (line.Has("collection"))
            {
                collections[line["collection"].AsString] =
                [
                    .. line["documents"].AsDocument.Values().Select(value => value.AsDocument),
                ];
            }

            // Natural order is the storage's business.
            if (
                !line.Has("find")
                || line["sort"] is { Type: BsonType.Document } sort && sort.AsDocument.Has("$natural")
            )
            {
                continue;
            }

            total++;
            if (Judge(line) is { } failure)
            {
                failures.Add($"{line["filter"]} {line["sort"]} {line["collation"]} {line["projection"]}: {failure}");
            }
        }

        failures.ShouldBeEmpty($"{failures.Count} of {total}:\n{string.Join('\n', failures)}");
    }

    private string? Judge(RawDocument line)
    {
        var expectedCode = line["error"] is { Type: BsonType.Document } error
            ? error.AsDocument["code"].ToInt64()
            : null;
        try
        {
            var (actual, expected) = Answer(line);
            return expectedCode is not null ? $"not refused with {expectedCode}"
                : actual == expected ? null
                : $"{actual}, not {expected}";
        }
        catch (CommandException refusal)
        {
            return (long)refusal.Code == expectedCode ? null : $"refused with {refusal.Code} {refusal.Message}";
        }
    }

    private (string Actual, string Expected) Answer(RawDocument line)
    {
        var collation = line["collation"] is { Type: BsonType.Document } given ? Collations.Of(given.AsDocument) : null;
        var context = QueryContext.Plain with { Collation = collation, ParseExpression = Parse };
        var documents = collections[line["find"].AsString].AsEnumerable();
        var filter = line["filter"] is { Type: BsonType.Document } filterText
            ? Filter.Parse(filterText.AsDocument, context)
            : null;
        documents = documents.Where(document => filter?.Matches(document) != false);
        if (line["sort"] is { Type: BsonType.Document } sort)
        {
            // The recorded server leaves the order of equal keys to chance, so its own order is put to ours: nothing may move.
            var places = Documents(line["order"]).Select((id, place) => (id, place)).ToDictionary();
            var recorded = documents.OrderBy(document => places.GetValueOrDefault(Id(document), -1));
            var sorted = new DocumentSorter(SortPattern.Parse(sort.AsDocument, collation))
                .Sort(recorded.Select(document => new StoredRecord([], document)))
                .Select(record => record.Document);
            return (Ids(sorted.Select(Id)), Ids(Documents(line["order"])));
        }

        if (line["projection"] is { Type: BsonType.Document } projectionText)
        {
            var projection = Projection.Parse(
                projectionText.AsDocument,
                context,
                filter,
                SortPattern.Parse(new DocumentBuilder { { "_id", 1 } }.Build())
            );
            var shown = documents.OrderBy(Id).Select(projection.Apply);
            return (
                string.Join(' ', shown),
                string.Join(' ', line["docs"].IsMissing ? [] : line["docs"].AsDocument.Values())
            );
        }

        return (Ids(documents.Select(Id).Order()), Ids(Documents(line["ids"])));
    }

    private static Func<RawDocument, RawValue> Parse(RawValue value)
    {
        var expression = Expression.Parse(value, new ExpressionContext());
        return document => expression.Evaluate(document, Variables.Empty);
    }

    private static string Ids(IEnumerable<long> ids) => string.Join(',', ids);

    private static List<long> Documents(RawValue array) =>
        array.IsMissing ? [] : [.. array.AsDocument.Values().Select(Number)];

    private static long Id(RawDocument document) => Number(document["_id"]);

    private static long Number(RawValue value) => value.ToInt64() ?? -1;
}

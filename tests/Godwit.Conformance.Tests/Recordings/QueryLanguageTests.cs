using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.Recordings;

/// <summary>The recorded queries, asked of the query language itself, without a server around it.</summary>
public sealed class QueryLanguageTests
{
    private readonly Dictionary<string, IReadOnlyList<RawDocument>> collections = [];

    [Fact]
    public void Filters_find_the_documents_a_real_server_found()
    {
        var failures = new List<string>();
        var total = 0;
        foreach (var line in GoldenFile.ReadLines("queries.jsonl"))
        {
            if (line.Has("collection"))
            {
                collections[line["collection"].AsString] = Documents(line["documents"]);
            }

            if (!line.Has("filter") || line.Has("projection") || line.Has("collation") || IsExpression(line))
            {
                continue;
            }

            total++;
            if (JudgeFilter(line) is { } failure)
            {
                failures.Add($"{line["filter"]}: {failure}");
            }
        }

        failures.ShouldBeEmpty($"{failures.Count} of {total}:\n{string.Join('\n', failures)}");
    }

    private string? JudgeFilter(RawDocument line)
    {
        var expectedCode = line["error"] is { Type: BsonType.Document } error
            ? error.AsDocument["code"].ToInt64()
            : null;
        try
        {
            var filter = Filter.Parse(line["filter"].AsDocument, QueryContext.Plain);
            var ids = collections[line["find"].AsString].Where(filter.Matches).Select(Id).Order().ToList();
            var expected = line["ids"].IsMissing ? [] : Documents(line["ids"], Number);
            var (extra, lacking) = (ids.Except(expected).ToList(), expected.Except(ids).ToList());
            return expectedCode is not null ? $"not refused with {expectedCode}"
                : extra.Count + lacking.Count == 0 ? null
                : $"extra {string.Join(',', extra)}, lacking {string.Join(',', lacking)}";
        }
        catch (CommandException refusal)
        {
            return (long)refusal.Code == expectedCode ? null : $"refused with {refusal.Code} {refusal.Message}";
        }
    }

    /// <summary>Expressions are judged by their own recordings.</summary>
    private static bool IsExpression(RawDocument line) => line["filter"].AsDocument.Has("$expr");

    private static long Id(RawDocument document) => Number(document["_id"]);

    private static long Number(RawValue value) => value.ToInt64() ?? -1;

    private static IReadOnlyList<RawDocument> Documents(RawValue array) => Documents(array, value => value.AsDocument);

    private static List<T> Documents<T>(RawValue array, Func<RawValue, T> select) =>
        [.. array.AsDocument.Values().Select(select)];
}

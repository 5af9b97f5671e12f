using Godwit.Bson;
using Godwit.Conformance.Tests.Recordings;
using Godwit.Sandbox.Aggregation;
using Godwit.Sandbox.Errors;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.Aggregation;

/// <summary>
/// The recorded expressions, each evaluated on the recorded document without a server: the same value byte for byte, or the
/// same error code.
/// </summary>
public sealed class ExpressionRecordingTests(ITestOutputHelper output)
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    [Fact]
    public void Expressions_give_the_recorded_values_and_error_codes()
    {
        RawDocument document = default;
        var (cases, same) = (0, 0);
        var differing = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in GoldenFile.ReadLines("expressions.jsonl"))
        {
            if (line.TryGet("collection", out var name) && name.AsString == "e")
            {
                document = line["documents"].AsDocument.Values().First().AsDocument;
            }

            if (!line.TryGet("expr", out var expression))
            {
                continue;
            }

            var key = OperatorOf(expression);
            counts[key] = counts.GetValueOrDefault(key) + 1;
            cases++;
            if (Difference(line, expression, document) is not { } difference)
            {
                same++;
                continue;
            }

            if (!differing.TryGetValue(key, out var list))
            {
                differing[key] = list = [];
            }

            list.Add($"{expression} {difference}");
        }

        foreach (var (key, list) in differing)
        {
            output.WriteLine($"{key}: {list.Count} of {counts[key]} differ");
            foreach (var text in list.Take(6))
            {
                output.WriteLine("    " + text);
            }
        }

        var rate = (double)same / cases;
        output.WriteLine($"{same} of {cases} the same ({rate:P2})");
        Floors.Raise("evaluated/expressions", rate);
        rate.ShouldBeGreaterThanOrEqualTo(Floors.Read()["evaluated/expressions"]);
    }

    private static string OperatorOf(RawValue expression) =>
        expression.Type == BsonType.Document && !expression.AsDocument.IsEmpty
            ? expression.AsDocument.First().Name
            : "path";

    private static string? Difference(RawDocument line, RawValue expression, RawDocument document)
    {
        try
        {
            var context = ExpressionContext.ForCommand(Now, new ClusterTime(1_800_000_000, 1));
            RawValue wrapped = new DocumentBuilder { { "r", expression } };
            var parsed = Expression.Parse(wrapped, context).OptimizeForPipeline();
            var value = parsed.Evaluate(document, Variables.Empty);
            return line.TryGet("value", out var expected)
                ? (value == expected ? null : $"→ {value}, expected {expected}")
                : $"→ {value}, expected {line["error"]}";
        }
        catch (CommandException refusal)
        {
            var code = line["error"].IsMissing ? 0 : line["error"].AsDocument["code"].AsInt32;
            return code == (int)refusal.Code
                ? null
                : $"→ {(int)refusal.Code} {refusal.Message}, expected {(code == 0 ? line["value"] : line["error"])}";
        }
    }
}

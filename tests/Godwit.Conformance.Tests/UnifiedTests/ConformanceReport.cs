using System.Text;
using System.Text.Json;
using Godwit.Testing;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>
/// docs/conformance.md: what each suite gave. Figures of suites that a run leaves out are kept from the run before, so
/// that any part of the tests can be run alone.
/// </summary>
internal static class ConformanceReport
{
    private const string Document = "docs/conformance.md";
    private static readonly Lock Gate = new();
    private static readonly SortedDictionary<string, Row> Rows = new(StringComparer.Ordinal);

    public static void Add(string suite, IReadOnlyCollection<CaseResult> results, ExpectedFailures expected)
    {
        lock (Gate)
        {
            Rows[suite] = Row.Of(results, expected);
            Write();
        }
    }

    private static void Write()
    {
        var path = Path.Combine(SharedData.RepositoryRoot(), Document);
        var kept = Path.Combine(SharedData.RepositoryRoot(), "artifacts", "conformance.json");
        var all = File.Exists(kept)
            ? JsonSerializer.Deserialize<SortedDictionary<string, Row>>(File.ReadAllText(kept))!
            : new SortedDictionary<string, Row>(StringComparer.Ordinal);
        foreach (var (suite, row) in Rows)
        {
            all[suite] = row;
        }

        File.WriteAllText(kept, JsonSerializer.Serialize(all));
        File.WriteAllText(path, Render(all));
    }

    private static string Render(SortedDictionary<string, Row> rows)
    {
        var text = new StringBuilder(
            """
            # Conformance of the Sandbox

            Written by `./test conformance`: MongoDB's driver specification tests, run as data by the .NET driver against a Sandbox of version
            8.0: a replica set of three members; *sharded*: two routers before two shards. *Other server*: the case asks for another version or
            shape. *Not expressible*: the driver or the runner cannot do what the case asks for. What fails is listed in
            [expected-failures.tsv](../tests/Godwit.Conformance.Tests/expected-failures.tsv); anything else that fails, or a listed case that
            passes, fails the run.

            | suite | cases | other server | not expressible | run | passed | failing | share |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |

            """
        );
        foreach (var (suite, row) in rows)
        {
            text.Append(row.Line(suite));
        }

        text.Append(rows.Values.Aggregate(new Row(0, 0, 0, 0, 0, []), Row.Sum).Line("**all**"));
        text.Append("\n## Failing, with reason\n\n");
        foreach (
            var (reason, cases) in rows
                .Values.SelectMany(r => r.Reasons)
                .GroupBy(r => r.Key, r => r.Value)
                .Select(g => (g.Key, g.Sum()))
                .OrderByDescending(g => g.Item2)
        )
        {
            text.Append($"- {cases} × {reason}\n");
        }

        return text.ToString();
    }

    internal sealed record Row(
        int Cases,
        int OtherServer,
        int NotExpressible,
        int Passed,
        int Failed,
        Dictionary<string, int> Reasons
    )
    {
        public static Row Of(IReadOnlyCollection<CaseResult> results, ExpectedFailures expected) =>
            new(
                results.Count,
                results.Count(r => r.Verdict == Verdict.OtherServer),
                results.Count(r => r.Verdict == Verdict.NotExpressible),
                results.Count(r => r.Verdict == Verdict.Passed),
                results.Count(r => r.Verdict == Verdict.Failed),
                results
                    .Where(r => r.Verdict == Verdict.Failed)
                    .GroupBy(r => expected.ReasonFor(r.Case.Name) ?? "not looked into yet")
                    .ToDictionary(g => g.Key, g => g.Count())
            );

        public static Row Sum(Row a, Row b) =>
            new(
                a.Cases + b.Cases,
                a.OtherServer + b.OtherServer,
                a.NotExpressible + b.NotExpressible,
                a.Passed + b.Passed,
                a.Failed + b.Failed,
                []
            );

        public string Line(string suite)
        {
            var run = Passed + Failed;
            var share = run == 0 ? "–" : $"{100.0 * Passed / run:0.0} %";
            return $"| {suite} | {Cases} | {OtherServer} | {NotExpressible} | {run} | {Passed} | {Failed} | {share} |\n";
        }
    }
}

using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Ports;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Update;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.Recordings;

/// <summary>
/// The engine's translation of deltas, judged by recorded events: the statements it makes of an event, executed by an update language
/// that is itself judged by the same recordings, turn the recorded document before into the recorded document after, byte for byte.
/// The engine may choose to read a document again instead; how often it does is bounded, so that it cannot pass by always doing so.
/// </summary>
[Requirement("S11")]
public sealed class DeltaRecordingTests(ITestOutputHelper output)
{
    private const int AlreadyJudgedElsewhere = 2_000;
    private readonly DeltaTranslator translator = new();

    [Fact]
    public void Raw_diffs_become_statements_that_give_the_recorded_document()
    {
        var (cases, reread) = JudgeAll("rawEvent");
        ((double)reread / cases).ShouldBeLessThan(0.02, "nearly every raw diff can be expressed");
    }

    [Fact]
    [Requirement("S12")]
    public void Plain_descriptions_become_exact_statements_or_none()
    {
        var (cases, reread) = JudgeAll("event");
        reread.ShouldBeLessThan(cases, "removals, shortened arrays and array elements can be expressed");
    }

    private (int Cases, int Reread) JudgeAll(string kind)
    {
        var failures = new List<string>();
        var (cases, reread) = (0, 0);
        foreach (var line in GoldenFile.ReadLines("updates.jsonl"))
        {
            if (line[kind] is not { Type: BsonType.Document } recorded || !IsUpdate(recorded.AsDocument))
            {
                continue;
            }

            cases++;
            var before = line["before"].AsDocument;
            if (!translator.TryRead(Description(recorded.AsDocument)))
            {
                reread++;
            }
            else if (Execute(before, Statements(before["_id"])) is var after && after != line["after"].AsDocument)
            {
                failures.Add($"{line["n"]}: {recorded} on {line["before"]} gave {after}, not {line["after"]}");
            }
        }

        output.WriteLine($"{kind}: {cases} updates, {reread} read again ({100.0 * reread / cases:F2} %)");
        failures.ShouldBeEmpty(string.Join('\n', failures.Take(20)));
        cases.ShouldBeGreaterThan(AlreadyJudgedElsewhere);
        return (cases, reread);
    }

    private static bool IsUpdate(RawDocument recorded) => recorded["operationType"].AsString == "update";

    private static RawDocument Description(RawDocument recorded) =>
        (recorded.TryGet("rawUpdateDescription", out var raw) ? raw : recorded["updateDescription"]).AsDocument;

    private DocumentBatch Statements(RawValue id)
    {
        var writer = new StatementWriter();
        translator.WriteTo(writer, id);
        return writer.ToBatch();
    }

    private static RawDocument Execute(RawDocument before, DocumentBatch statements)
    {
        var document = before;
        foreach (var statement in statements)
        {
            Filter.Parse(statement["q"].AsDocument, QueryContext.Plain).Matches(document, out _).ShouldBeTrue();
            document = UpdateProgram.Parse(statement["u"], [], Context).Apply(document, null).After;
        }

        return document;
    }

    private static readonly UpdateContext Context = new()
    {
        Now = DateTimeOffset.UnixEpoch,
        TickTime = () => new ClusterTime(1, 1),
        ParseFilter = filter => Filter.Parse(filter, QueryContext.Plain).Matches,
        ParsePipeline = _ => throw new InvalidOperationException("the engine writes no pipelines"),
    };
}

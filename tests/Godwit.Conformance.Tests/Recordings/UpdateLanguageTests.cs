using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Update;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.Recordings;

/// <summary>The recorded updates, applied by the update language itself without a server: documents and oplog entries byte for byte.</summary>
public sealed class UpdateLanguageTests(ITestOutputHelper output)
{
    [Fact]
    public void Updates_give_the_recorded_documents_and_oplog_entries()
    {
        var failures = new List<string>();
        var total = 0;
        foreach (var line in GoldenFile.ReadLines("updates.jsonl"))
        {
            if (IsOtherPipeline(line["update"]))
            {
                continue;
            }

            total++;
            if (Judge(line) is { } failure)
            {
                failures.Add($"{line["n"]}: {line["update"]} on {line["before"]}: {failure}");
            }
        }

        output.WriteLine($"{total - failures.Count} of {total}\n{string.Join('\n', failures)}");
        failures.ShouldBeEmpty(string.Join('\n', failures.Take(20)));
    }

    private static string? Judge(RawDocument line)
    {
        try
        {
            var before = line["before"].AsDocument;
            var filters = line["arrayFilters"] is { Type: BsonType.Array } given
                ? given.AsDocument.Values().Select(value => value.AsDocument).ToList()
                : [];
            var program = UpdateProgram.Parse(line["update"], filters, Context());
            int? positional = null;
            if (line["query"] is { Type: BsonType.Document } query)
            {
                Filter.Parse(query.AsDocument, QueryContext.Plain).Matches(before, out positional).ShouldBeTrue();
            }

            return Compare(line, program.Apply(before, positional));
        }
        catch (CommandException refusal)
        {
            return
                line["error"] is { Type: BsonType.Document } error
                && error.AsDocument["code"].ToInt64() == (long)refusal.Code
                ? null
                : $"refused with {(int)refusal.Code} {refusal.Message} for {line["error"]}";
        }
    }

    private static string? Compare(RawDocument line, UpdateOutcome outcome)
    {
        if (line["error"].Type == BsonType.Document)
        {
            return $"not refused with {line["error"]}";
        }

        if (outcome.IsModified != (line["modified"].ToInt64() == 1))
        {
            return $"modified: {outcome.IsModified}";
        }

        if (!outcome.IsModified || HasTimeOfRecording(line["update"]))
        {
            return null;
        }

        return outcome.After != line["after"].AsDocument ? $"became {outcome.After} for {line["after"]}"
            : outcome.OplogObject != line["oplog"].AsDocument ? $"logged {outcome.OplogObject} for {line["oplog"]}"
            : null;
    }

    /// <summary>What holds the time of the recording cannot be the same again.</summary>
    private static bool HasTimeOfRecording(RawValue update) =>
        update.Type == BsonType.Document
        && (
            update.AsDocument.Has("$currentDate")
            || update.AsDocument.Values().Contains(RawValue.Timestamp(ClusterTime.Zero))
        );

    private static UpdateContext Context() =>
        new()
        {
            Now = DateTimeOffset.UnixEpoch,
            TickTime = () => new ClusterTime(1, 1),
            ParseFilter = filter => Filter.Parse(filter, QueryContext.Plain).Matches,
            ParsePipeline = ConstantReplacement,
        };

    /// <summary>The stage of most recorded pipelines, a constant document; what else a pipeline can do is judged with the aggregation.</summary>
    private static Func<RawDocument, RawDocument> ConstantReplacement(IReadOnlyList<RawDocument> stages)
    {
        var constant = Constant(stages)!.Value;
        return document =>
            new DocumentBuilder { { "_id", document["_id"] } }
                .AddAll(constant)
                .Build();
    }

    private static RawDocument? Constant(IReadOnlyList<RawDocument> stages) =>
        stages is [var stage]
        && stage["$replaceWith"] is { Type: BsonType.Document } with
        && with.AsDocument["$mergeObjects"] is { Type: BsonType.Array } merged
        && merged.AsDocument.Values().Last() is { Type: BsonType.Document } last
        && last.AsDocument["$literal"] is { Type: BsonType.Document } literal
            ? literal.AsDocument
            : null;

    private static bool IsOtherPipeline(RawValue update) =>
        update.Type == BsonType.Array
        && Constant([.. update.AsDocument.Values().Select(stage => stage.AsDocument)]) is null;
}

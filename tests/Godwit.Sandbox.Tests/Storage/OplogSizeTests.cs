using Godwit.Bson;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Storage;

/// <summary>The oplog is of limited size: history gets lost, and whoever needs it is told.</summary>
public sealed class OplogSizeTests
{
    [Fact]
    [Requirement("S20")]
    public async Task A_stream_whose_place_has_left_the_oplog_is_told_that_history_is_lost()
    {
        using var member = new TestMember(oplogBytesMax: 2000);
        await Run(member, "{insert: 'c', documents: [{_id: 1}]}");
        var opened = await Run(member, "{aggregate: 'c', pipeline: [{$changeStream: {}}], cursor: {}}");
        var token = opened["cursor"].AsDocument["postBatchResumeToken"].AsDocument;
        for (var id = 2; id < 40; id++)
        {
            await Run(member, $"{{insert: 'c', documents: [{{_id: {id}}}]}}");
        }

        lock (member.Node.WriteLock)
        {
            member.Node.Oplog.Trim();
        }

        var stage = new DocumentBuilder
        {
            {
                "$changeStream",
                new DocumentBuilder { { "resumeAfter", token } }
            },
        };
        var reply = await member.Run(
            "db",
            new()
            {
                { "aggregate", "c" },
                { "pipeline", new ArrayBuilder { stage }.Build() },
                { "cursor", RawDocument.Empty },
            }
        );
        reply["code"].AsInt32.ShouldBe(286);
        reply["errorLabels"]
            .AsDocument.Values()
            .Select(label => label.AsString)
            .ShouldContain("NonResumableChangeStreamError");
        member.Node.Oplog.Size.ShouldBeLessThanOrEqualTo(2000);
    }

    [Fact]
    public async Task The_oplog_can_be_enlarged_while_it_is_used_and_stays_so()
    {
        var directory = Directory.CreateTempSubdirectory("godwit-test-").FullName;
        using (var member = new TestMember(directory, oplogBytesMax: 2000))
        {
            var refused = await member.Run("admin", ShellText.Command("{replSetResizeOplog: 1, size: 10}"));
            refused["code"].AsInt32.ShouldBe(2);
            var resized = await member.Run("admin", ShellText.Command("{replSetResizeOplog: 1, size: 1024}"));
            resized["ok"].AsDouble.ShouldBe(1);
            member.Node.Oplog.BytesMax.ShouldBe(1L << 30);
        }

        using (var again = new TestMember(directory, oplogBytesMax: 2000))
        {
            again.Node.Oplog.BytesMax.ShouldBe(1L << 30);
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_read_at_a_time_behind_the_history_window_is_refused()
    {
        using var member = new TestMember();
        await Run(member, "{insert: 'c', documents: [{_id: 1}]}");
        var time = member.Node.LastApplied.Time;
        var early = new ClusterTime(time.Seconds - 301, 1);

        var reply = await member.Run(
            "db",
            new()
            {
                { "find", "c" },
                {
                    "readConcern",
                    new DocumentBuilder { { "level", "snapshot" }, { "atClusterTime", early } }
                },
            }
        );

        reply["code"].AsInt32.ShouldBe(239);
    }

    private static Task<RawDocument> Run(TestMember member, string command) =>
        member.Run("db", ShellText.Command(command));
}

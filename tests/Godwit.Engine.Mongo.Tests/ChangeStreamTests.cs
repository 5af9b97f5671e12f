using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>The stream hands over batches with their tokens and ends with the fault that ended it.</summary>
public sealed class ChangeStreamTests
{
    private static readonly ChangeStreamRequest FromNow = new(
        RawDocument.Empty,
        StartAt: null,
        KeysOnly: false,
        TimeSpan.FromMilliseconds(50)
    );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_batch_gives_the_token_before_anything_is_read_and_later_ones_follow_until_a_fault()
    {
        var gets = 0;
        await using var cluster = new ScriptedCluster(command =>
            command.Has("aggregate") ? ScriptedCluster.Cursor("admin.$cmd.aggregate", 5, "firstBatch")
            : command.Has("getMore") && Interlocked.Increment(ref gets) == 1
                ? ScriptedCluster.Cursor(
                    "admin.$cmd.aggregate",
                    5,
                    "nextBatch",
                    new DocumentBuilder { { "operationType", "insert" } }.Build()
                )
            : command.Has("getMore") ? ScriptedCluster.Fail(286)
            : ScriptedCluster.Ok()
        );
        await using var source = new MongoSource(cluster.Address, TimeProvider.System);
        await using var stream = await source.OpenChangesAsync(FromNow, Token);

        using var first = await stream.NextAsync(Token);
        using var second = await stream.NextAsync(Token);
        var fault = await Should.ThrowAsync<ClusterException>(() => stream.NextAsync(Token));

        first.Events.Count.ShouldBe(0);
        first.PostBatchResumeToken["_data"].AsString.ShouldBe("token5firstBatch");
        second.Events.Count.ShouldBe(1);
        fault.Kind.ShouldBe(FaultKind.HistoryLost);
    }

    [Fact]
    public async Task A_stream_shows_nothing_of_the_reserved_database_and_resumes_after_its_token()
    {
        await using var cluster = new ScriptedCluster(_ =>
            ScriptedCluster.Cursor("admin.$cmd.aggregate", 5, "firstBatch")
        );
        await using var source = new MongoSource(cluster.Address, TimeProvider.System);
        var token = new DocumentBuilder { { "_data", "82" } }.Build();
        await using var stream = await source.OpenChangesAsync(
            FromNow with
            {
                ResumeAfter = token,
                KeysOnly = true,
            },
            Token
        );

        var stages = cluster.Commands[0]["pipeline"].AsDocument.Values().Select(one => one.AsDocument).ToList();
        stages[0]["$changeStream"].AsDocument["resumeAfter"].ShouldBe(RawValue.Document(token));
        stages[0]["$changeStream"].AsDocument["showExpandedEvents"].IsTruthy().ShouldBeTrue();
        stages[1]["$match"].ToString().ShouldContain(ReservedNames.Database);
        stages[2]["$project"].AsDocument.Has("fullDocument").ShouldBeFalse();
    }
}

using System.Text.Json;
using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>Scripts that were written for mongosync drive <c>godwit sync</c> unchanged, also when it is killed between any two requests.</summary>
public sealed class SyncApiTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("F03")]
    [Requirement("H07")]
    public async Task A_script_for_mongosync_moves_a_deployment_while_the_process_is_killed_after_every_request()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await new StillData(rig).FillAsync();
        await using var workload = await rig.WriteAsync("mixed", 4711);
        await workload.AdvanceAsync(200);
        await using var sync = new SyncProcess(rig.Source.ConnectionString, rig.Destination.ConnectionString);
        await sync.StartAsync();
        (await sync.KnownStateAsync()).ShouldBe("IDLE");

        await sync.DoAsync("start", SyncProcess.StartBody());
        await sync.RestartAsync();
        (await sync.KnownStateAsync()).ShouldBe("RUNNING");
        (await sync.RefusedAsync("start", SyncProcess.StartBody())).Error.ShouldBe("AlreadyStarted");

        await sync.UntilAsync(progress => CopiedBytes(progress) > 0, "copied bytes");
        await sync.DoAsync("pause");
        await sync.UntilStateAsync("PAUSED");
        await sync.RestartAsync();
        (await sync.KnownStateAsync()).ShouldBe("PAUSED");

        await sync.DoAsync("resume");
        await sync.RestartAsync();
        (await sync.KnownStateAsync()).ShouldBe("RUNNING");
        await sync.UntilCanCommitAsync();
        await workload.StopAsync();
        await sync.UntilCanCommitAsync();

        await sync.DoAsync("commit");
        await sync.RestartAsync();
        (await sync.KnownStateAsync()).ShouldBeOneOf("COMMITTING", "COMMITTED");
        await sync.UntilAsync(progress => progress.GetProperty("canWrite").GetBoolean(), "canWrite");
        var end = await sync.UntilStateAsync("COMMITTED");
        end.GetProperty("info").GetString().ShouldBe("commit completed");
        await sync.RestartAsync();
        (await sync.KnownStateAsync()).ShouldBe("COMMITTED");
        var own = await sync.UntilAsync(
            progress => progress.GetProperty("godwit").TryGetProperty("verdict", out _),
            "the verdict"
        );
        own.GetProperty("godwit").GetProperty("verdict").GetString().ShouldBe("identical");
        own.GetProperty("canWrite").GetBoolean().ShouldBeTrue();
        await rig.ShouldBeIdenticalAsync();
    }

    [Fact]
    [Requirement("F03")]
    [Requirement("F04")]
    public async Task Requests_are_refused_by_name_where_they_are_not_legal_and_figures_are_served_beside_them()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await InsertAsync(rig.Source, 1);
        await InsertAsync(rig.Destination, 1);
        await using var sync = new SyncProcess(rig.Source.ConnectionString, rig.Destination.ConnectionString);
        await sync.StartAsync();
        (await sync.KnownStateAsync()).ShouldBe("IDLE");
        foreach (var command in new[] { "pause", "resume", "commit", "reverse" })
        {
            var (status, error, _) = await sync.RefusedAsync(command);
            (status, error).ShouldBe((409, "InvalidStateTransition"), command);
        }

        (await sync.RefusedAsync("pause", "")).Error.ShouldBe("InvalidRequestBody");
        (await sync.RefusedAsync("start", SyncProcess.StartBody(", \"sauce\": 1"))).Error.ShouldBe("UnknownField");
        var conflict = await sync.RefusedAsync("start", SyncProcess.StartBody());
        (conflict.Status, conflict.Error).ShouldBe((422, "NamespaceConflict"));
        conflict.Description.ShouldContain("work.mine");
        (await sync.KnownStateAsync()).ShouldBe("IDLE", "what was refused changed nothing");

        await rig.Destination.Client.DropDatabaseAsync("work", Cancellation);
        await sync.DoAsync("start", SyncProcess.StartBody());
        (await sync.RefusedAsync("resume")).Error.ShouldBe("InvalidStateTransition");
        await sync.UntilCanCommitAsync();
        (await sync.GetAsync("/metrics")).ShouldContain("godwit_state{state=\"RUNNING\"} 1");
        (await sync.GetAsync("/health/ready")).ShouldBe("RUNNING");
        (await sync.StatusAsync("/api/v1/progress", "Origin", "https://elsewhere.example")).ShouldBe(403);
        (await sync.StatusAsync("/api/v1/progress", "Host", "elsewhere.example")).ShouldBe(403);

        await sync.DoAsync("commit");
        await sync.UntilStateAsync("COMMITTED");
        (await sync.RefusedAsync("reverse")).Error.ShouldBe("ReversibleNotAllowed");
        (await sync.RefusedAsync("commit")).Error.ShouldBe("InvalidStateTransition");
        using var report = JsonDocument.Parse(await sync.GetAsync("/api/x/report"));
        report.RootElement.GetProperty("verdict").GetProperty("text").GetString().ShouldBe("identical");
        await TerminateAsync(sync);
        await rig.ShouldBeIdenticalAsync();
    }

    [Fact]
    [Requirement("F03")]
    [Requirement("E10")]
    public async Task A_commit_that_is_given_up_for_a_late_write_leaves_it_running_with_a_warning_and_the_next_one_succeeds()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await InsertAsync(rig.Source, 1);
        await using var workload = await rig.WriteAsync("mixed", 4712);
        await using var sync = new SyncProcess(rig.Source.ConnectionString, rig.Destination.ConnectionString);
        await sync.StartAsync();
        await sync.KnownStateAsync();
        await sync.DoAsync("start", SyncProcess.StartBody());
        await sync.UntilCanCommitAsync();

        await sync.DoAsync("commit");
        await sync.UntilAsync(
            progress =>
                SyncProcess.StateOf(progress) == "RUNNING"
                && progress.TryGetProperty("warnings", out var warnings)
                && warnings.ToString().Contains("written to after the cutover had begun", StringComparison.Ordinal),
            "the given-up commit"
        );

        await workload.StopAsync();
        await sync.UntilCanCommitAsync();
        await sync.DoAsync("commit");
        await sync.UntilStateAsync("COMMITTED");
        await rig.ShouldBeIdenticalAsync();
    }

    [Fact]
    [Requirement("F03")]
    [Requirement("S29")]
    public async Task A_script_for_mongosync_turns_a_migration_round_and_the_process_may_be_killed_meanwhile()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await InsertAsync(rig.Source, 1);
        await using var sync = new SyncProcess(rig.Source.ConnectionString, rig.Destination.ConnectionString);
        await sync.StartAsync();
        _ = await sync.KnownStateAsync();
        (
            await sync.RefusedAsync(
                "start",
                SyncProcess.StartBody(", \"reversible\": true, \"includeNamespaces\": [{\"database\": \"work\"}]")
            )
        ).Error.ShouldBe("ReversibleNotAllowed");
        await sync.DoAsync("start", SyncProcess.StartBody(", \"reversible\": true"));
        await sync.UntilCanCommitAsync();
        (await sync.RefusedAsync("reverse")).Error.ShouldBe("InvalidStateTransition");
        await sync.DoAsync("commit");
        await sync.UntilStateAsync("COMMITTED");
        await InsertAsync(rig.Destination, 2);

        await sync.DoAsync("reverse");
        await sync.RestartAsync();
        (await sync.KnownStateAsync()).ShouldBeOneOf("REVERSING", "RUNNING");
        await InsertAsync(rig.Destination, 3);
        await sync.UntilCanCommitAsync();
        await sync.RestartAsync();
        var progress = await sync.UntilCanCommitAsync();
        progress.GetProperty("directionMapping").GetProperty("Source").GetString().ShouldStartWith("cluster1: ");
        await sync.DoAsync("commit");
        await sync.UntilStateAsync("COMMITTED");
        await rig.ShouldBeIdenticalAsync();

        await InsertAsync(rig.Source, 4);
        await sync.DoAsync("reverse");
        await sync.UntilCanCommitAsync();
        await sync.DoAsync("commit");
        await sync.RestartAsync();
        var end = await sync.UntilStateAsync("COMMITTED");
        end.GetProperty("directionMapping").GetProperty("Source").GetString().ShouldStartWith("cluster0: ");
        await rig.ShouldBeIdenticalAsync();
    }

    private static long CopiedBytes(JsonElement progress) =>
        progress.GetProperty("collectionCopy") is { ValueKind: JsonValueKind.Object } copy
        && copy.GetProperty("estimatedCopiedBytes") is { ValueKind: JsonValueKind.Number } bytes
            ? bytes.GetInt64()
            : 0;

    private static Task InsertAsync(TestCluster cluster, int id) =>
        cluster
            .Client.GetDatabase("work")
            .GetCollection<BsonDocument>("mine")
            .InsertOneAsync(new BsonDocument("_id", id), null, Cancellation);

    /// <summary>SIGTERM ends it with success.</summary>
    private static async Task TerminateAsync(SyncProcess sync)
    {
        await sync.Program.SignalAsync("TERM");
        (await sync.Program.ExitAsync(TimeSpan.FromSeconds(60), Cancellation)).ShouldBe(0, sync.Program.Describe());
    }
}

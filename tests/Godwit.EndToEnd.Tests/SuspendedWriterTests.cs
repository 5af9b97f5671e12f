using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// Writes of the past that are executed late (S17): a process that was frozen or killed while its batches stood on the server, and
/// acknowledgements that never came. Whoever takes over has fenced them off before it repairs anything.
/// </summary>
public sealed class SuspendedWriterTests
{
    private const int Interrupted = 130;
    private const int StandingMilliseconds = 4000;

    /// <summary>How late a delayed write is: far behind those that were sent after it.</summary>
    private const int LateMilliseconds = 300;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("STOP", "insert", 41)]
    [InlineData("KILL", "update", 44)]
    [Requirement("S17")]
    [Requirement("S18")]
    public Task Batches_that_stand_on_the_server_while_another_process_takes_over_change_nothing(
        string signal,
        string command,
        int seed
    ) => TakeOverAsync(signal, command, seed);

    [Theory]
    [Trait("Set", "Long")]
    [MemberData(nameof(ManyTakeovers))]
    [Requirement("S17")]
    [Requirement("S18")]
    public Task Batches_that_stand_on_the_server_change_nothing_many_times(string signal, string command, int seed) =>
        TakeOverAsync(signal, command, seed);

    [Theory]
    [InlineData("insert", 45)]
    [InlineData("update", 46)]
    [Requirement("S14")]
    [Requirement("S17")]
    public async Task Writes_whose_acknowledgement_says_nothing_are_made_once(string command, int seed)
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var workload = await rig.WriteAsync("mixed", seed);
        await workload.AdvanceAsync(400);
        await using var migration = rig.Migrate();
        if (command == "insert")
        {
            await FailAsync(rig, command);
        }

        migration.Start();
        await migration.ReachAsync("inSync");
        if (command == "update")
        {
            await FailAsync(rig, command);
        }

        await workload.AdvanceAsync(400);
        await workload.StopAsync();
        await migration.CutOverAsync();
        await rig.ShouldBeIdenticalAsync();
    }

    /// <summary>Nearly every tenth write is executed, and its answer cut off on the wire.</summary>
    [Theory]
    [InlineData(47)]
    [Requirement("S14")]
    [Requirement("S17")]
    public async Task Writes_whose_answer_is_cut_off_on_the_wire_are_made_once(int seed)
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var relay = rig.RelayToDestination();
        relay.Judge = Sometimes(RelayFate.AnswerLost, seed);
        await MigrateThroughAsync(rig, relay, seed);
        relay.LostAnswers.ShouldBeGreaterThan(10);
    }

    /// <summary>Nearly every tenth write stands on the way while its connection breaks, and arrives when it was sent again long ago.</summary>
    [Theory]
    [InlineData(48)]
    [Requirement("S14")]
    [Requirement("S17")]
    public async Task Writes_that_arrive_late_on_the_wire_are_made_once(int seed)
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var relay = rig.RelayToDestination();
        relay.Judge = Sometimes(RelayFate.Delayed, seed);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var delivering = DeliverLateAsync(relay, ended.Token);
        await MigrateThroughAsync(rig, relay, seed);
        await ended.CancelAsync();
        (await delivering).ShouldBeGreaterThan(10);
        await rig.ShouldBeIdenticalAsync();
    }

    /// <summary>Batches still on the wire when their process is frozen reach the server after another has taken over: it refuses them.</summary>
    [Theory]
    [InlineData("insert", 49)]
    [InlineData("update", 50)]
    [Requirement("S17")]
    [Requirement("S18")]
    public async Task Batches_that_stand_on_the_wire_while_another_process_takes_over_are_refused(
        string command,
        int seed
    )
    {
        const int transactionTooOld = 225;
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var workload = await rig.WriteAsync("mixed", seed);
        await workload.AdvanceAsync(400);
        await using var relay = rig.RelayToDestination();
        await using var first = rig.MigrateThrough(relay);
        if (command == "update")
        {
            first.Start();
            await first.ReachAsync("inSync");
        }

        relay.Judge = request => request == new RelayRequest(command, "work.one") ? RelayFate.Held : RelayFate.Passed;
        if (command == "insert")
        {
            first.Start();
        }

        await first.ReachAsync("copying");
        await relay.WaitUntilKeptAsync(Rig.Patience, Cancellation);
        await first.Program.SignalAsync("STOP");
        await using var second = rig.Migrate();
        second.Start();
        await second.ReachAsync("inSync");
        var answers = await relay.DeliverAsync(Cancellation);
        await first.Program.SignalAsync("CONT");
        await workload.AdvanceAsync(100);
        (await first.ExitAsync()).ShouldNotBeOneOf(0, Interrupted);
        await workload.StopAsync();
        await second.CutOverAsync();
        answers.ShouldAllBe(answer => answer["code"].ToInt64() == transactionTooOld);
        await rig.ShouldBeIdenticalAsync();
    }

    public static TheoryData<string, string, int> ManyTakeovers
    {
        get
        {
            var data = new TheoryData<string, string, int>();
            for (var seed = 500; seed < 512; seed++)
            {
                data.Add(seed % 3 == 0 ? "KILL" : "STOP", seed % 2 == 0 ? "insert" : "update", seed);
            }

            return data;
        }
    }

    private static Func<RelayRequest, RelayFate> Sometimes(RelayFate fate, int seed)
    {
        var random = new Random(seed);
        return request =>
        {
            lock (random)
            {
                return request.Command is "insert" or "update" or "delete" && random.Next(10) == 0
                    ? fate
                    : RelayFate.Passed;
            }
        };
    }

    private static async Task<int> DeliverLateAsync(WireRelay relay, CancellationToken ended)
    {
        var count = 0;
        while (!ended.IsCancellationRequested)
        {
            await Task.Delay(LateMilliseconds, CancellationToken.None);
            count += (await relay.DeliverAsync(Cancellation)).Count;
        }

        return count;
    }

    private static async Task MigrateThroughAsync(Rig rig, WireRelay relay, int seed)
    {
        await using var workload = await rig.WriteAsync("mixed", seed);
        await workload.AdvanceAsync(400);
        await using var migration = rig.MigrateThrough(relay);
        migration.Start();
        await migration.ReachAsync("inSync");
        await workload.AdvanceAsync(400);
        await workload.StopAsync();
        await migration.CutOverAsync();
        await rig.ShouldBeIdenticalAsync();
    }

    private static async Task TakeOverAsync(string signal, string command, int seed)
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var workload = await rig.WriteAsync("mixed", seed);
        await workload.AdvanceAsync(400);
        await using var first = rig.Migrate();
        if (command == "update")
        {
            first.Start();
            await first.ReachAsync("inSync");
        }

        var before = await HoldAsync(rig, command);
        if (command == "insert")
        {
            first.Start();
        }

        await first.ReachAsync("copying");
        await rig.Destination.WaitForFailedCommandsAsync(before + 1, Cancellation);
        await first.Program.SignalAsync(signal);
        await rig.Destination.FailCommandsAsync("off", [], Cancellation);
        await using var second = rig.Migrate();
        second.Start();
        await second.ReachAsync("inSync");
        await workload.AdvanceAsync(100);
        if (signal == "STOP")
        {
            await first.Program.SignalAsync("CONT");
            (await first.ExitAsync()).ShouldNotBeOneOf(0, Interrupted);
            first.Program.Errors.ShouldContain("Another process has taken over this migration");
        }

        await workload.StopAsync();
        await second.CutOverAsync();
        await rig.ShouldBeIdenticalAsync();
    }

    /// <summary>Lets batches of one collection stand on the server for a while before they are executed.</summary>
    private static Task<long> HoldAsync(Rig rig, string command) =>
        rig.Destination.HoldCommandsAsync("alwaysOn", command, "work.one", StandingMilliseconds, Cancellation);

    /// <summary>Has batches executed and then answered by an error that leaves open whether they were.</summary>
    private static Task<long> FailAsync(Rig rig, string command) =>
        rig.Destination.FailCommandsAsync(
            new BsonDocument("times", 10),
            new BsonDocument
            {
                {
                    "failCommands",
                    new BsonArray { command }
                },
                { "namespace", "work.one" },
                {
                    "writeConcernError",
                    new BsonDocument { { "code", 91 }, { "errmsg", "Replication is being shut down" } }
                },
                {
                    "errorLabels",
                    new BsonArray { "RetryableWriteError" }
                },
            },
            Cancellation
        );
}

using System.Globalization;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.Recordings;

/// <summary>
/// What a real MongoDB 8.0.10 answered, replayed against a Sandbox. The floors only rise; steps of sessions that differ stand in a list,
/// each with its reason.
/// </summary>
public sealed class RecordingTests
{
    private const string StepDown = "sessions-replica/stepdown";

    // pymongo's fast decoder refuses a UUID of three bytes, which the recorded server gave; the plain one takes it.
    private static readonly string[] WithPlainBson =
    [
        "-c",
        "import runpy, sys; sys.modules['bson._cbson'] = None; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')",
    ];

    public static TheoryData<string> Recordings => [.. Floors.Read().Keys.Where(IsReplayed)];

    public static TheoryData<string> ShardedRecordings => [.. Floors.Read().Keys.Where(IsSharded)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public async Task A_recording_of_a_real_server_is_answered_alike(string recording)
    {
        var isSession = recording.StartsWith("sessions", StringComparison.Ordinal);
        SharedData.Golden(recording + (isSession ? ".json" : ".jsonl"));
        var isReplica = recording.StartsWith("sessions-replica/", StringComparison.Ordinal);
        if (isReplica && ServerUnderTest.CanBeMany)
        {
            await using var set = await SettledSet.StartAsync("r3");
            await JudgeAsync(recording, set.Places);
            return;
        }

        await using var server = isReplica
            ? await ServerUnderTest.StartAsync(3, "r3")
            : await ServerUnderTest.StartAsync(1);
        var places = server
            .Ports.Select((port, index) => ($"{(char)('a' + index)}", port))
            .ToDictionary(place => place.Item1, place => place.port, StringComparer.Ordinal);
        await JudgeAsync(recording, places);
    }

    [Fact]
    public async Task A_recorded_stepdown_is_answered_alike()
    {
        SharedData.Golden(StepDown + ".json");
        await using var stage = await StepDownStage.StartAsync();
        var folder = Directory.CreateTempSubdirectory("godwit-recording-").FullName;
        try
        {
            stage.WriteRecording(folder, StepDown);
            await JudgeAsync(StepDown, stage.Places, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(ShardedRecordings))]
    public async Task A_recording_of_a_sharded_cluster_is_answered_alike(string recording)
    {
        SharedData.Golden(recording + ".json");
        var (server, places) = await ServerUnderTest.StartShardedAsync();
        await using var owned = server;
        await JudgeAsync(recording, places);
    }

    private static async Task JudgeAsync(
        string recording,
        IReadOnlyDictionary<string, int> places,
        string? folder = null
    )
    {
        var rate = await ReplayAsync(recording, places, folder);
        Floors.Raise(recording, rate);
        rate.ShouldBeGreaterThanOrEqualTo(Floors.Read()[recording], $"see artifacts/recordings/{recording}.txt");
    }

    /// <summary>What is judged without a server stands under <c>evaluated/</c>.</summary>
    private static bool IsReplayed(string recording) =>
        !recording.StartsWith("evaluated/", StringComparison.Ordinal) && !IsSharded(recording) && recording != StepDown;

    private static bool IsSharded(string recording) =>
        recording.StartsWith("sessions-sharded/", StringComparison.Ordinal);

    /// <summary>The smallest share of same answers, message texts aside, as <c>replay.py</c> counts it.</summary>
    private static async Task<double> ReplayAsync(
        string recording,
        IReadOnlyDictionary<string, int> places,
        string? folder
    )
    {
        List<string> arguments =
        [
            .. recording == "expressions" ? WithPlainBson : [],
            SharedData.Golden("replay.py"),
            "--port",
            places["a"].ToString(CultureInfo.InvariantCulture),
            "--show",
            "400",
        ];
        if (folder is not null)
        {
            arguments.AddRange(["--folder", folder]);
        }

        foreach (var (name, at) in places)
        {
            arguments.AddRange(["--at", $"{name}={at}"]);
        }

        arguments.Add(recording);
        var (_, output) = await Python.RunAsync(arguments, TestContext.Current.CancellationToken);
        var report = Path.Combine(SharedData.RepositoryRoot(), "artifacts", "recordings", recording + ".txt");
        Directory.CreateDirectory(Path.GetDirectoryName(report)!);
        await File.WriteAllTextAsync(report, output, TestContext.Current.CancellationToken);
        if (recording.StartsWith("sessions", StringComparison.Ordinal))
        {
            new DifferingSteps(recording).Unexplained(output).ShouldBeEmpty($"see {report}:\n{Newest(output)}");
        }

        var rates = Tally.Parse(output);
        rates.ShouldNotBeEmpty(Newest(output));
        return rates.Min();
    }

    private static string Newest(string output) => output[Math.Max(0, output.Length - 2000)..];
}

using System.Globalization;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.Recordings;

/// <summary>What a real MongoDB 8.0.10 answered, replayed against a Sandbox. The floors only rise.</summary>
public sealed class RecordingTests
{
    public static TheoryData<string> Recordings => [.. Floors.Read().Keys.Where(IsReplayed)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public async Task A_recording_of_a_real_server_is_answered_alike(string recording)
    {
        var isSession = recording.StartsWith("sessions", StringComparison.Ordinal);
        SharedData.Golden(recording + (isSession ? ".json" : ".jsonl"));
        var members = recording.StartsWith("sessions-replica/", StringComparison.Ordinal) ? 3 : 1;
        await using var server = await ServerUnderTest.StartAsync(members);
        var rate = await ReplayAsync(recording, server);
        Floors.Raise(recording, rate);
        rate.ShouldBeGreaterThanOrEqualTo(Floors.Read()[recording], $"see artifacts/recordings/{recording}.txt");
    }

    /// <summary>What is judged without a server stands under <c>evaluated/</c>.</summary>
    private static bool IsReplayed(string recording) => !recording.StartsWith("evaluated/", StringComparison.Ordinal);

    /// <summary>The smallest share of same answers, message texts aside, as <c>replay.py</c> counts it.</summary>
    private static async Task<double> ReplayAsync(string recording, ServerUnderTest server)
    {
        List<string> arguments =
        [
            SharedData.Golden("replay.py"),
            "--port",
            server.Ports[0].ToString(CultureInfo.InvariantCulture),
            "--show",
            "400",
        ];
        for (var i = 0; i < server.Ports.Count; i++)
        {
            arguments.AddRange(["--at", $"{(char)('a' + i)}={server.Ports[i]}"]);
        }

        arguments.Add(recording);
        var (_, output) = await Python.RunAsync(arguments, TestContext.Current.CancellationToken);
        var report = Path.Combine(SharedData.RepositoryRoot(), "artifacts", "recordings", recording + ".txt");
        Directory.CreateDirectory(Path.GetDirectoryName(report)!);
        await File.WriteAllTextAsync(report, output, TestContext.Current.CancellationToken);
        var rates = Tally.Parse(output);
        rates.ShouldNotBeEmpty(output[Math.Max(0, output.Length - 2000)..]);
        return rates.Min();
    }
}

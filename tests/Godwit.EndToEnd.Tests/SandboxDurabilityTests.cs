using System.Globalization;
using Godwit.EndToEnd.Tests.Harness;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>A Sandbox killed at a random instant restarts with every write that was acknowledged, and with no half of a transaction.</summary>
public sealed class SandboxDurabilityTests
{
    private const int FewRounds = 3;
    private const int ManyRounds = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly string[][] Shapes =
    [
        ["--replica-set", "1"],
        ["--replica-set", "3"],
        ["--sharded", "2x1"],
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Three kills.</summary>
    public static TheoryData<int, int> FewSeeds => new() { { 2, 502 } };

    /// <summary>Two hundred and ten kills.</summary>
    public static TheoryData<int, int> ManySeeds
    {
        get
        {
            var seeds = new TheoryData<int, int>();
            foreach (var seed in Enumerable.Range(510, 21))
            {
                seeds.Add(seed % Shapes.Length, seed);
            }

            return seeds;
        }
    }

    [Theory]
    [MemberData(nameof(FewSeeds))]
    public Task Killed_under_load_it_restarts_with_what_was_acknowledged(int shape, int seed) =>
        KillAndCheckAsync(shape, seed, FewRounds);

    [Theory]
    [Trait("Set", "Long")]
    [MemberData(nameof(ManySeeds))]
    public Task Killed_at_many_instants_it_restarts_with_what_was_acknowledged(int shape, int seed) =>
        KillAndCheckAsync(shape, seed, ManyRounds);

    private static async Task KillAndCheckAsync(int shape, int seed, int rounds)
    {
        await PythonProgram.SkipWithoutAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}, {string.Join(' ', Shapes[shape])}");
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("godwit-durability-").FullName;
        try
        {
            for (var round = 0; round < rounds; round++)
            {
                await WriteUntilKilledAsync(folder, shape, seed + (1000 * round), random.Next(5, 200));
                await CheckAsync(folder, shape, seed);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task WriteUntilKilledAsync(string folder, int shape, int seed, int acknowledged)
    {
        await using var server = Start(folder, shape);
        await using var load = PythonProgram.Start(
            "durability.py",
            await UriAsync(server),
            Text(seed),
            Ledger(folder),
            "write"
        );
        await load.LineAsync(line => line == $"acked {acknowledged}", Patience, Cancellation);
        await server.SignalAsync("KILL");
        (await load.ExitAsync(Patience, Cancellation)).ShouldBe(0, load.Describe());
    }

    private static async Task CheckAsync(string folder, int shape, int seed)
    {
        await using var server = Start(folder, shape);
        await using var check = PythonProgram.Start(
            "durability.py",
            await UriAsync(server),
            Text(seed),
            Ledger(folder),
            "check"
        );
        (await check.ExitAsync(Patience, Cancellation)).ShouldBe(0, check.Describe());
        await server.SignalAsync("TERM");
        (await server.ExitAsync(Patience, Cancellation)).ShouldBe(0, server.Describe());
    }

    private static RunningProgram Start(string folder, int shape) =>
        GodwitProgram.Start(["sandbox", .. Shapes[shape], "--port", "0", "--data-dir", Path.Combine(folder, "data")]);

    private static async Task<string> UriAsync(RunningProgram server)
    {
        var line = await server.LineAsync(one => one.Contains("mongodb://"), Patience, Cancellation);
        return line[line.IndexOf("mongodb://", StringComparison.Ordinal)..].Split(' ')[0];
    }

    private static string Ledger(string folder) => Path.Combine(folder, "ledger.txt");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

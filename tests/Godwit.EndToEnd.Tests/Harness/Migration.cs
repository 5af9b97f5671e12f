using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>
/// One run of <c>godwit migrate</c> after another on the same rig, or of <c>godwit reverse</c>, which names the clusters the other way
/// round; each goes on where the one before ended.
/// </summary>
internal sealed class Migration(Rig rig, string destination, string[] options, bool isReverse = false)
    : IAsyncDisposable
{
    private static readonly string[] Phases = ["preparing", "copying", "applying", "inSync", "finalising", "done"];
    private RunningProgram? program;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public RunningProgram Program => program ?? throw new InvalidOperationException("the migration was not started");

    public void Start() =>
        program = GodwitProgram.Start([
            isReverse ? "reverse" : "migrate",
            isReverse ? "--destination" : "--source",
            rig.Source.ConnectionString,
            isReverse ? "--source" : "--destination",
            destination,
            "--cutover",
            "manual",
            "--progress",
            "json",
            .. options,
        ]);

    /// <summary>Waits until the migration has reached a phase, or gone past it.</summary>
    public Task<ProgressLine> ReachAsync(string phase)
    {
        var wanted = Array.IndexOf(Phases, phase);
        return ShowAsync(line => Array.IndexOf(Phases, line.Phase) >= wanted);
    }

    /// <summary>Waits for a line of progress that is as wanted.</summary>
    public async Task<ProgressLine> ShowAsync(Func<ProgressLine, bool> wanted) =>
        ProgressLine.Parse(
            await Program.LineAsync(
                line => ProgressLine.Parse(line) is { } progress && wanted(progress),
                Rig.Patience,
                Cancellation
            )
        )!;

    /// <summary>All lines of progress so far.</summary>
    public IEnumerable<ProgressLine> Shown() =>
        Program.Output.Split('\n').Select(ProgressLine.Parse).OfType<ProgressLine>();

    /// <summary>The newest line of progress.</summary>
    public ProgressLine Newest() => Shown().Last();

    /// <summary>Waits for a warning that contains the words.</summary>
    public Task<ProgressLine> WarnAsync(string words) =>
        ShowAsync(line => line.Warnings.Any(one => one.Contains(words, StringComparison.Ordinal)));

    /// <summary>Waits until nothing but a person's word is missing, gives it, and expects success.</summary>
    public async Task CutOverAsync()
    {
        await AskForCutoverAsync();
        (await ExitAsync()).ShouldBe(0, Program.Describe());
    }

    /// <summary>Waits until nothing but a person's word is missing, and gives it.</summary>
    public async Task AskForCutoverAsync()
    {
        await ShowAsync(line => line.CanCutOver);
        await WishForCutoverAsync();
    }

    /// <summary>Asks for the cutover, however far the migration is.</summary>
    public async Task WishForCutoverAsync()
    {
        var (code, cutover) = await GodwitProgram.RunAsync(
            Rig.Patience,
            Cancellation,
            "cutover",
            "--destination",
            rig.Destination.ConnectionString
        );
        await using (cutover)
        {
            code.ShouldBe(0, cutover.Describe());
        }
    }

    public Task<int> ExitAsync() => Program.ExitAsync(Rig.Patience, Cancellation);

    public async Task KillAsync()
    {
        Program.Kill();
        await Program.DisposeAsync();
    }

    public ValueTask DisposeAsync() => program?.DisposeAsync() ?? ValueTask.CompletedTask;
}

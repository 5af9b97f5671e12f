using System.Text.Json;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>One run of <c>godwit migrate</c> after another on the same rig; each goes on where the one before ended.</summary>
internal sealed class Migration(Rig rig, string[] options) : IAsyncDisposable
{
    private static readonly string[] Phases = ["preparing", "copying", "applying", "inSync", "finalising", "done"];
    private RunningProgram? program;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public RunningProgram Program => program ?? throw new InvalidOperationException("the migration was not started");

    public void Start() =>
        program = GodwitProgram.Start([
            "migrate",
            "--source",
            rig.Source.ConnectionString,
            "--destination",
            rig.Destination.ConnectionString,
            "--cutover",
            "manual",
            "--progress",
            "json",
            .. options,
        ]);

    /// <summary>Waits until the migration has reached a phase, or gone past it.</summary>
    public async Task<JsonElement> ReachAsync(string phase)
    {
        var wanted = Array.IndexOf(Phases, phase);
        var line = await Program.LineAsync(
            l => Array.IndexOf(Phases, PhaseOf(l)) >= wanted,
            Rig.Patience,
            Cancellation
        );
        return JsonDocument.Parse(line).RootElement;
    }

    /// <summary>Waits until nothing but a person's word is missing, gives it, and expects success.</summary>
    public async Task CutOverAsync()
    {
        await Program.LineAsync(CanCutOver, Rig.Patience, Cancellation);
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

        var exit = await Program.ExitAsync(Rig.Patience, Cancellation);
        exit.ShouldBe(0, Program.Describe());
    }

    public async Task KillAsync()
    {
        Program.Kill();
        await Program.DisposeAsync();
    }

    public ValueTask DisposeAsync() => program?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static string PhaseOf(string line) =>
        line.StartsWith('{') && JsonDocument.Parse(line).RootElement.TryGetProperty("phase", out var phase)
            ? phase.GetString()!
            : "";

    private static bool CanCutOver(string line) =>
        line.StartsWith('{')
        && JsonDocument.Parse(line).RootElement.TryGetProperty("canCutOver", out var can)
        && can.GetBoolean();
}

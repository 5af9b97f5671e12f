using System.Globalization;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>A pymongo process that writes until it is told to stop.</summary>
internal sealed class Workload(RunningProgram program) : IAsyncDisposable
{
    /// <summary>Waits until it has made another <paramref name="more"/> operations.</summary>
    public async Task AdvanceAsync(int more)
    {
        var wanted = program.Output.Split('\n').Where(IsCount).Select(Count).LastOrDefault() + more;
        await program.LineAsync(
            line => IsCount(line) && Count(line) >= wanted,
            Rig.Patience,
            TestContext.Current.CancellationToken
        );
    }

    /// <summary>Waits until it has moved so many chunks since it began.</summary>
    public Task MoveChunksAsync(int wanted) =>
        program.LineAsync(
            line => line.StartsWith("moved ", StringComparison.Ordinal) && Count(line[6..]) >= wanted,
            Rig.Patience,
            TestContext.Current.CancellationToken
        );

    /// <summary>Stops it; returns how many operations it made.</summary>
    public async Task<int> StopAsync()
    {
        program.EndInput();
        var cancellation = TestContext.Current.CancellationToken;
        var line = await program.LineAsync(
            l => l.EndsWith("operations", StringComparison.Ordinal),
            TimeSpan.FromMinutes(1),
            cancellation
        );
        return Count(line);
    }

    public ValueTask DisposeAsync() => program.DisposeAsync();

    private static bool IsCount(string line) => line.EndsWith(" done", StringComparison.Ordinal);

    private static int Count(string line) => int.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture);
}

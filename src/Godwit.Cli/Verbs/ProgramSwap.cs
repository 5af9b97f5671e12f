using Godwit.Agent.Identity;

namespace Godwit.Cli.Verbs;

/// <summary>
/// Replaces the program of an agent that runs as a service: stops it at a checkpoint, swaps, starts it, and waits until the new one has got through
/// to the Hub. If it does not, the one before is put back. The program is there at every moment, whenever this process is killed.
/// </summary>
internal sealed class ProgramSwap(AgentFolder folder, IAgentUnit unit, TimeProvider time, Action<string> say)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <param name="program">The installed program.</param>
    /// <param name="next">The one that takes its place.</param>
    /// <param name="version">Its version.</param>
    /// <param name="patience">How long it may take until it is linked.</param>
    /// <param name="cancellationToken">Gives up waiting: then the one before is put back, too.</param>
    /// <returns>Whether it runs now.</returns>
    internal async Task<bool> RunAsync(
        string program,
        string next,
        string version,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        var (staged, former) = ($"{program}.next", $"{program}.previous");
        File.Copy(next, staged, overwrite: true);
        File.SetUnixFileMode(staged, File.GetUnixFileMode(program));
        File.Copy(program, former, overwrite: true);
        say("Stopping the agent: its migrations stop at a checkpoint.");
        if (!await unit.StopAsync().ConfigureAwait(false))
        {
            File.Delete(staged);
            say("It could not be stopped: nothing was changed.");
            return false;
        }

        var before = Arrival.Read(folder)?.Instance;
        File.Move(staged, program, overwrite: true);
        say($"Starting {version}.");
        if (
            await unit.StartAsync().ConfigureAwait(false)
            && await HasArrivedAsync(before, version, patience, cancellationToken).ConfigureAwait(false)
        )
        {
            say($"It is linked, and its migrations go on. The program before it is {former}.");
            return true;
        }

        say("It has not got through to the Hub: the program before it is put back.");
        _ = await unit.StopAsync().ConfigureAwait(false);
        File.Copy(former, staged, overwrite: true);
        File.Move(staged, program, overwrite: true);
        say(
            await unit.StartAsync().ConfigureAwait(false)
                ? "The agent runs as it did before; its log says what kept the new one."
                : "The agent could not be started again: look into its log."
        );
        return false;
    }

    private async Task<bool> HasArrivedAsync(
        string? before,
        string version,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        for (var began = time.GetTimestamp(); time.GetElapsedTime(began) < patience; )
        {
            if (Arrival.Read(folder) is { } arrival && arrival.Instance != before && arrival.Version == version)
            {
                return true;
            }

            await Task.Delay(LookEvery, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }

        return false;
    }
}

using Spectre.Console;

namespace Godwit.Cli.Output;

/// <summary>Chooses how progress is shown.</summary>
internal static class ProgressViews
{
    /// <summary>A live screen on a terminal, lines elsewhere.</summary>
    internal static IProgressView ForPeople(TimeProvider time) =>
        Console.IsOutputRedirected ? new PlainView(Console.Out, time) : new LiveView(AnsiConsole.Console, time);
}

namespace Godwit.Cli.Hubs;

/// <summary>A question whose answer is yes or no; without a terminal, one line of standard input.</summary>
internal static class Question
{
    internal static async Task<bool> AskAsync(string question, CancellationToken cancellationToken)
    {
        await Console.Error.WriteAsync($"{question} [y/N] ").ConfigureAwait(false);
        var answer = await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        return answer?.Trim().ToLowerInvariant() is "y" or "yes";
    }
}

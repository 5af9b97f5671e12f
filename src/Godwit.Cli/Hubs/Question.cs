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

    /// <summary>Goes on only if the answer is yes.</summary>
    /// <param name="question">What is asked.</param>
    /// <param name="otherwise">What has not been done if it is no.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HubException">It is no.</exception>
    internal static async Task RequireAsync(string question, string otherwise, CancellationToken cancellationToken)
    {
        if (!await AskAsync(question, cancellationToken).ConfigureAwait(false))
        {
            throw new HubException(ExitCodes.Refused, $"user-aborted. {otherwise}");
        }
    }
}

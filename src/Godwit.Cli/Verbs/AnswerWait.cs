namespace Godwit.Cli.Verbs;

/// <summary>Says that something is waited for, once it has taken so long that a person would wonder.</summary>
internal sealed class AnswerWait(TimeSpan patience, TimeProvider time, TextWriter words)
{
    private static readonly TimeSpan Wonder = TimeSpan.FromSeconds(3);

    internal AnswerWait(TimeProvider time)
        : this(Wonder, time, Console.Error) { }

    /// <summary>Awaits a cluster's answers to preflight, which waits out an election.</summary>
    /// <param name="answers">What is awaited.</param>
    /// <param name="cluster">Whose answers they are.</param>
    internal async Task<T> ForAsync<T>(Task<T> answers, string cluster)
    {
        using var answered = new CancellationTokenSource();
        var late = Task.Delay(patience, time, answered.Token);
        if (await Task.WhenAny(answers, late).ConfigureAwait(false) == late)
        {
            await words
                .WriteLineAsync(
                    $"Preflight waits for the {cluster} to answer: should it have no primary, half a minute is given to it."
                )
                .ConfigureAwait(false);
        }

        await answered.CancelAsync().ConfigureAwait(false);
        return await answers.ConfigureAwait(false);
    }
}

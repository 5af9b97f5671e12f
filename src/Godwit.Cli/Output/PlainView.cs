using Godwit.Engine;

namespace Godwit.Cli.Output;

/// <summary>Lines for logs and pipes: one at each change of phase, and one every few seconds while something moves.</summary>
internal sealed class PlainView(TextWriter output, TimeProvider time) : IProgressView
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly Rates rates = new(time);
    private long shownAt;
    private MigrationPhase? shownPhase;
    private int warningsShown;

    /// <inheritdoc/>
    public void Show(MigrationProgress progress)
    {
        rates.Observe(progress);
        foreach (var warning in progress.Warnings.Skip(warningsShown))
        {
            Say($"warning: {warning}");
        }

        warningsShown = Math.Max(warningsShown, progress.Warnings.Count);
        if (progress.Phase == shownPhase && time.GetElapsedTime(shownAt) < Interval)
        {
            return;
        }

        shownPhase = progress.Phase;
        shownAt = time.GetTimestamp();
        output.WriteLine(Describe(progress));
    }

    /// <inheritdoc/>
    public void Say(string message) => output.WriteLine(message);

    /// <inheritdoc/>
    public void Dispose() => output.Flush();

    private string Describe(MigrationProgress progress)
    {
        var copy =
            $"{Words.Number(progress.DocumentsKept + progress.DocumentsCopied)} documents, {Words.Copied(progress)}";
        var rate =
            progress.Phase == MigrationPhase.Copying
                ? $" ({Words.Bytes(rates.BytesPerSecond)}/s, {Words.Span(rates.Remaining)} left)"
                : "";
        var apply =
            $"{Words.Number(progress.EventsApplied)} changes applied ({Words.Number(rates.EventsPerSecond)}/s), lag {Words.Span(progress.Lag)}";
        var verify =
            $"{Words.Percent(progress.VerifiedShare)} verified, {Words.Number(progress.Differences)} differences";
        var pace = Words.Pace(progress) is { } slowed ? $"; {slowed}" : "";
        return $"{Words.Phase(progress.Phase)}: {copy}{rate}; {apply}; {verify}{pace}";
    }
}

using Godwit.Contracts.Agents;
using Godwit.Contracts.Own;

namespace Godwit.Hub.Web.Live;

/// <summary>A migration as it went so far: what it is now, and figures over time. Immutable; replaced whole.</summary>
/// <param name="Now">What it is now.</param>
/// <param name="Samples">Figures, oldest first: close together lately, further apart before.</param>
internal sealed record Story(MigrationResource Now, IReadOnlyList<Sample> Samples)
{
    /// <summary>Points of a chart; beyond, every second one of the older half goes.</summary>
    private const int SamplesMax = 240;

    /// <summary>How far back a rate is measured that a forecast is built on.</summary>
    private static readonly TimeSpan Basis = TimeSpan.FromSeconds(60);

    internal static Story Begin(MigrationResource now, DateTimeOffset at) => new Story(now, []).Go(now, at);

    internal Story Go(MigrationResource now, DateTimeOffset at)
    {
        if (now.Progress is not { } progress)
        {
            return this with { Now = now };
        }

        var next = new Sample(
            at,
            progress.BytesCopied,
            progress.DocumentsCopied,
            progress.EventsApplied,
            progress.EventsWaiting,
            progress.LagSeconds,
            progress.VerifiedShare,
            progress.HistoryLeftSeconds,
            progress.Hosts
        );
        return new(now, Thin([.. Samples, next]));
    }

    /// <summary>Rates between samples; <see langword="null"/> where the count began anew.</summary>
    internal IReadOnlyList<double?> Rates(Func<Sample, long> count)
    {
        var rates = new List<double?>();
        for (var i = 1; i < Samples.Count; i++)
        {
            var seconds = (Samples[i].At - Samples[i - 1].At).TotalSeconds;
            var grown = count(Samples[i]) - count(Samples[i - 1]);
            rates.Add(seconds > 0 && grown >= 0 ? grown / seconds : null);
        }

        return rates;
    }

    internal IReadOnlyList<double> Ages(int skip = 0) =>
        [.. Samples.Skip(skip).Select(sample => (Samples[^1].At - sample.At).TotalSeconds)];

    /// <summary>The rate over the last minute, or since there are samples.</summary>
    internal double RecentRate(Func<Sample, long> count) => RateOver(Basis, count);

    /// <summary>The rate over a while, or since there are samples.</summary>
    internal double RateOver(TimeSpan span, Func<Sample, long> count)
    {
        if (Samples.Count < 2)
        {
            return 0;
        }

        var last = Samples[^1];
        var first = Samples.First(sample => last.At - sample.At <= span);
        var seconds = (last.At - first.At).TotalSeconds;
        return seconds > 0 ? Math.Max(0, (count(last) - count(first)) / seconds) : 0;
    }

    /// <summary>When the source's oplog would no longer reach back, if it goes on shrinking as in the last minute; <see langword="null"/> if it does not.</summary>
    internal TimeSpan? HistoryEnds()
    {
        if (Samples.Count < 2 || Samples[^1] is not { HistoryLeftSeconds: { } left } last)
        {
            return null;
        }

        var first = Samples.FirstOrDefault(sample =>
            last.At - sample.At <= Basis && sample.HistoryLeftSeconds is not null
        );
        var seconds = first is null ? 0 : (last.At - first.At).TotalSeconds;
        var shrinking = seconds >= 10 ? (first!.HistoryLeftSeconds!.Value - left) / seconds : 0;
        return shrinking > 0 ? TimeSpan.FromSeconds(left / shrinking) : null;
    }

    private static List<Sample> Thin(List<Sample> samples)
    {
        if (samples.Count <= SamplesMax)
        {
            return samples;
        }

        var half = samples.Count / 2;
        return [.. samples.Where((_, i) => i >= half || i % 2 == 0)];
    }
}

/// <summary>Figures at one moment.</summary>
internal sealed record Sample(
    DateTimeOffset At,
    long BytesCopied,
    long DocumentsCopied,
    long EventsApplied,
    long EventsWaiting,
    double? LagSeconds,
    double VerifiedShare,
    double? HistoryLeftSeconds = null,
    IReadOnlyList<ReportedWorker>? Hosts = null
)
{
    /// <summary>What one of several hosts had done.</summary>
    internal long Of(string host, Func<ReportedWorker, long?> count) =>
        Hosts?.FirstOrDefault(one => one.Name == host) is { } found ? count(found) ?? 0 : 0;
}

namespace Godwit.Engine.Changes;

/// <summary>What was seen of the streams that carry the changes, over a time.</summary>
/// <param name="Elapsed">How long it was.</param>
/// <param name="Lag">How far the streams are behind the source at its end, in the source's cluster time.</param>
/// <param name="Reading">Share of the time in which the stream that read most waited for replies, from 0 to 1; the rest it waited to be rid of them.</param>
/// <param name="Events">Events that came.</param>
internal readonly record struct StreamLoad(TimeSpan Elapsed, TimeSpan Lag, double Reading, long Events);

/// <summary>
/// Decides how many streams share the changes (S10): each costs the source a scan of its oplog, and one cursor brings only so much. More are opened where the
/// streams stay behind and wait for the source rather than for what follows them; what brings nothing is taken back. Pure.
/// </summary>
/// <param name="most">As many as there may be.</param>
internal sealed class StreamChoice(int most)
{
    /// <summary>Less than this is no lag: a round of verification, or a busy moment.</summary>
    private static readonly TimeSpan Behind = TimeSpan.FromSeconds(10);

    private const double ReadingMin = 0.75;

    /// <summary>What twice the streams bring at least, if the number of streams was what held them up.</summary>
    private const double GainMin = 1.2;

    /// <summary>How long more are not tried after they have brought nothing; twice as long each time.</summary>
    private TimeSpan rest = TimeSpan.FromMinutes(10);

    /// <summary>How long the streams keep up before fewer are tried; twice as long each time that it was too few.</summary>
    private TimeSpan calm = TimeSpan.FromMinutes(5);

    private (int Streams, double Rate)? trial;
    private TimeSpan resting;
    private TimeSpan keepingUp;

    /// <summary>How many there should be.</summary>
    /// <param name="streams">How many there are.</param>
    /// <param name="load">What was seen of them.</param>
    internal int Judge(int streams, StreamLoad load)
    {
        resting -= load.Elapsed;
        var rate = load.Events / load.Elapsed.TotalSeconds;
        if (load.Lag < Behind)
        {
            trial = null;
            keepingUp += load.Elapsed;
            return keepingUp < calm ? streams : Fewer(streams);
        }

        keepingUp = TimeSpan.Zero;
        if (trial is { } before && rate < before.Rate * GainMin)
        {
            trial = null;
            resting = rest;
            rest *= 2;
            return before.Streams;
        }

        trial = null;
        return load.Reading >= ReadingMin && load.Events > 0 && resting <= TimeSpan.Zero && streams < most
            ? More(streams, rate)
            : streams;
    }

    private int More(int streams, double rate)
    {
        trial = (streams, rate);
        calm *= 2;
        return Math.Min(most, streams * 2);
    }

    private int Fewer(int streams)
    {
        keepingUp = TimeSpan.Zero;
        return Math.Max(1, streams / 2);
    }
}

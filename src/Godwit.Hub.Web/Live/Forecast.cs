using Godwit.Hub.Web.Parts;

namespace Godwit.Hub.Web.Live;

/// <summary>When the destination will be in sync, and what that is built on.</summary>
/// <param name="Left">How long still; <see langword="null"/> if nothing honest can be said.</param>
/// <param name="Basis">What it is built on, or why nothing can be said.</param>
internal sealed record Forecast(TimeSpan? Left, string Basis)
{
    internal static Forecast Of(Story story)
    {
        if (story.Now.Progress is not { } progress)
        {
            return new(null, "No figures yet.");
        }

        if (story.Now.Status is "PAUSED" or "RETRYING")
        {
            return new(null, "Nothing moves at the moment.");
        }

        switch (progress.Phase)
        {
            case "COPYING":
                var rate = story.RecentRate(sample => sample.BytesCopied);
                return rate <= 0
                    ? new(null, "Nothing was copied in the last minute.")
                    : new(
                        TimeSpan.FromSeconds(Math.Max(0, progress.BytesEstimated - progress.BytesCopied) / rate),
                        $"{Words.Bytes(Math.Max(0, progress.BytesEstimated - progress.BytesCopied))} left at {Words.Bytes(rate)}/s, the mean of the last minute; comparing follows."
                    );
            case "APPLYING" when progress.EventsWaiting > 0:
                var applied = story.RecentRate(sample => sample.EventsApplied);
                return applied <= 0
                    ? new(null, "No change was applied in the last minute.")
                    : new(
                        TimeSpan.FromSeconds(progress.EventsWaiting / applied),
                        $"{Words.Number(progress.EventsWaiting)} changes wait at {Words.Rate(applied)}, the mean of the last minute."
                    );
            case "APPLYING":
                return new(null, $"{Words.Percent(progress.VerifiedShare)} of the data compared.");
            case "IN_SYNC":
                return new(TimeSpan.Zero, "Both clusters are in sync.");
            default:
                return new(null, "Planning the copy.");
        }
    }
}

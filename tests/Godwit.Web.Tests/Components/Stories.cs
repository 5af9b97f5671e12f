using Godwit.Contracts.Agents;
using Godwit.Contracts.Own;
using Godwit.Hub.Web.Live;

namespace Godwit.Web.Tests.Components;

/// <summary>Migrations as tests of components need them.</summary>
internal static class Stories
{
    internal const string Id = "0123456789abcdef01234567";

    internal static readonly DateTimeOffset Start = new(2026, 11, 30, 8, 0, 0, TimeSpan.Zero);

    internal static MigrationResource Migration(ReportedProgress? progress, string status = "RUNNING") =>
        new()
        {
            Id = Id,
            GroupId = Id,
            Status = status,
            Phase = progress?.Phase,
            SourceGroupId = Id,
            SourceCluster = "shop",
            DestinationCluster = "shop-cloud",
            MigrationHosts = ["vm001"],
            ReadyForCutover = false,
            BlocksSource = false,
            Progress = progress,
            Extensions = 0,
            Created = Start,
        };

    internal static ReportedProgress Progress(
        string phase,
        long bytesCopied = 0,
        long bytesEstimated = 0,
        long eventsApplied = 0,
        long eventsWaiting = 0,
        IReadOnlyList<ReportedCollection>? collections = null
    ) =>
        new(
            phase,
            0,
            bytesCopied,
            bytesEstimated,
            eventsApplied,
            eventsWaiting,
            0.5,
            0,
            0,
            0,
            false,
            false,
            null,
            null,
            collections ?? [],
            []
        );

    /// <summary>A story with one sample a second.</summary>
    internal static Story Of(params IReadOnlyList<ReportedProgress> progress)
    {
        var story = Story.Begin(Migration(progress[0]), Start);
        for (var i = 1; i < progress.Count; i++)
        {
            story = story.Go(Migration(progress[i]), Start + TimeSpan.FromSeconds(i));
        }

        return story;
    }
}

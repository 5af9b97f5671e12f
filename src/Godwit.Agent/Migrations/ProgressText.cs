using Godwit.Contracts.Agents;
using Godwit.Engine;
using Godwit.Engine.Mongo.Connections;

namespace Godwit.Agent.Migrations;

/// <summary>The engine's progress as the Hub gets it.</summary>
internal static class ProgressText
{
    internal static ReportedProgress Describe(MigrationProgress progress) =>
        new(
            Phase(progress.Phase),
            progress.DocumentsCopied + progress.DocumentsKept,
            progress.BytesCopied + progress.BytesKept,
            progress.BytesEstimated,
            progress.EventsApplied,
            progress.EventsWaiting,
            progress.Lag?.TotalSeconds,
            progress.VerifiedShare,
            progress.Differences,
            progress.Healed,
            progress.CanCommit,
            progress.IsDestinationOpen,
            progress.ForecastDowntime?.TotalMilliseconds,
            progress.HistoryLeft?.TotalSeconds,
            [
                .. progress
                    .Collections.OrderBy(one => one.IsCopied)
                    .Select(one => new ReportedCollection(
                        one.Name.ToString(),
                        one.DocumentsEstimated,
                        one.DocumentsCopied,
                        one.BytesEstimated,
                        one.BytesCopied,
                        one.IsCopied,
                        one.IsVerified
                    )),
            ],
            [.. progress.Warnings.Select(SecretText.OfText)],
            progress.IndexesBuilt,
            [
                .. progress.IndexBuilds.Select(one => new ReportedIndexBuild(
                    one.Name.ToString(),
                    one.Indexes,
                    one.Running.TotalSeconds
                )),
            ]
        );

    private static string Phase(MigrationPhase phase) =>
        phase switch
        {
            MigrationPhase.Preparing => "PREPARING",
            MigrationPhase.Copying => "COPYING",
            MigrationPhase.Applying => "APPLYING",
            MigrationPhase.InSync => "IN_SYNC",
            MigrationPhase.Finalising => "FINALISING",
            MigrationPhase.Done => "DONE",
        };
}

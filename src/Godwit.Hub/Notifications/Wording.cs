using System.Globalization;
using Godwit.Hub.Migrations;

namespace Godwit.Hub.Notifications;

/// <summary>What people are told of a migration, in their words.</summary>
internal static class Wording
{
    /// <summary>Subject and text of an event's message.</summary>
    internal static (string Subject, string Text) Of(string type, MigrationState state, DateTimeOffset now)
    {
        var name = $"{state.Plan.From} to {state.Plan.To}";
        return type switch
        {
            "LIVE_MIGRATION_READY_FOR_CUTOVER" => (
                $"{name}: in sync, ready for cutover",
                $"Both clusters are in sync. Stop your applications' writes and cut over before {state.DeadlineAt:u}, or extend the window."
            ),
            "LIVE_MIGRATION_EXPIRES_SOON" => (
                $"{name}: {Hours(state, now)} hours left to cut over",
                $"The migration stops at {state.DeadlineAt:u}. Cut over or extend the window before; otherwise it expires: what was copied stays, and it can be restarted."
            ),
            "LIVE_MIGRATION_CUTOVER_SLOW" => (
                $"{name}: the cutover has been running for 12 hours",
                "Look at the migration's progress and warnings; the cutover can be aborted as long as it is not decided."
            ),
            "CLUSTER_IMPORT_FAILED" => (
                $"{name}: failed",
                $"{state.Failure?.Message} {state.Failure?.Remedy} It can be restarted: it goes on where it stopped."
            ),
            "CLUSTER_IMPORT_EXPIRED" => (
                $"{name}: expired",
                "Nobody cut over in time. The data copied so far are on the destination; restarting goes on from there."
            ),
            "CLUSTER_IMPORT_COMPLETED" => (
                $"{name}: complete",
                $"The destination is the truth now. The report has counts and hashes. Left to you: {(state.Plan.BlocksSource ? "lift the source's write block once nobody needs it, " : "")}see that backups of the destination run, size it down and turn auto-scaling on again if you had changed them, and remove the migration's user on the source. The whole list: godwit liveMigrations checklist --liveMigrationId {state.Id}"
            ),
            "LIVE_MIGRATION_REHEARSED" => (
                $"{name}: rehearsal ended",
                "The destination is what the source was at that moment, and nothing has changed for applications. The report has counts, hashes and the downtime that a cutover would have taken."
            ),
            _ => ($"{name}: {type}", $"Migration {state.Id}: {type}."),
        };
    }

    private static string Hours(MigrationState state, DateTimeOffset now) =>
        Math.Round(((state.DeadlineAt ?? now) - now).TotalHours).ToString(CultureInfo.InvariantCulture);
}

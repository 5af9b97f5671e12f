using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Own;
using Godwit.Engine.Mongo.Connections;
using Godwit.Hub.Data;
using Godwit.Hub.Providers;
using Godwit.Hub.Requests;
using Microsoft.EntityFrameworkCore;
using static Godwit.Contracts.Own.ChecklistItem;

namespace Godwit.Hub.Migrations;

/// <summary>
/// What people see to before a migration begins, before its cutover, and afterwards (P20): made from what was asked for and what the Hub knows, so
/// that it says only what concerns this migration.
/// </summary>
internal static class Checklists
{
    /// <param name="database">To look up the cluster and who is told.</param>
    /// <param name="projectId">The destination's project.</param>
    /// <param name="plan">What is, or would be, migrated.</param>
    /// <param name="state">The migration; <see langword="null"/> before there is one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<Checklist> OfAsync(
        HubDatabase database,
        string projectId,
        MigrationPlan plan,
        MigrationState? state,
        CancellationToken cancellationToken
    )
    {
        var cluster = await database
            .Clusters.AsNoTracking()
            .FirstOrDefaultAsync(one => one.Id == plan.ClusterId, cancellationToken)
            .ConfigureAwait(false);
        var areTold = await database
            .NotificationTargets.AnyAsync(one => one.ProjectId == projectId, cancellationToken)
            .ConfigureAwait(false);
        return new([.. Before(plan, cluster, areTold), .. Cutover(plan, cluster), .. Afterwards(plan, cluster, state)]);
    }

    private static ProviderFacts? FactsOf(Cluster? cluster) =>
        cluster?.ProviderFacts is { } text ? ApiJson.Read<AtlasFacts>(text).Shown : null;

    private static IEnumerable<ChecklistItem> Before(MigrationPlan plan, Cluster? cluster, bool areTold)
    {
        var facts = FactsOf(cluster);
        yield return new(
            "size",
            BeforeStart,
            Open,
            facts is null
                ? $"{plan.To} has at least the memory, processors and disk of {plan.From}, and room for its indexes; the validation sets them side by side."
                : $"{plan.To} is {facts.Tier}: one size above what it will need makes copy and index builds quicker. Size it down afterwards."
        );
        if (facts is not null)
        {
            yield return new(
                "auto-scaling",
                BeforeStart,
                facts.AutoScales ? Open : Done,
                facts.AutoScales
                    ? "Auto-scaling is on: turn it off for the time of the migration, since members that are replaced slow it down."
                    : "Auto-scaling is off."
            );
        }

        yield return new(
            "source-backup",
            BeforeStart,
            Open,
            $"A backup of {plan.From} is there, and somebody has restored it once."
        );
        yield return new(
            "notifications",
            BeforeStart,
            areTold ? Done : Open,
            areTold
                ? "Somebody is told by mail or webhook what happens."
                : "Nobody is told what happens: add a mail address or a webhook under Alerts."
        );
        if (plan.HasUsers && !plan.IsBackwards)
        {
            yield return plan.CopiesUsers
                ? new(
                    "users",
                    BeforeStart,
                    Done,
                    "Users and custom roles come with the migration, once it is cut over."
                )
                : new(
                    "users",
                    BeforeStart,
                    Open,
                    cluster?.AtlasAccountId is null
                        ? "Users and roles are not migrated: create them on the destination, ask for usersAndRoles, or copy them afterwards."
                        : "Users and roles are not migrated: create them in Atlas."
                );
        }
    }

    private static IEnumerable<ChecklistItem> Cutover(MigrationPlan plan, Cluster? cluster)
    {
        if (plan.IsRehearsal)
        {
            yield break;
        }

        if (!plan.IsBackwards && cluster is not null)
        {
            var address = cluster.ShownAddress.Length > 0 ? ConnectionText.WithoutUser(cluster.ShownAddress) : "URI";
            yield return new(
                "check-client",
                BeforeCutover,
                Open,
                "On each application's machine, the connection string that it will use was tried: names, ways, user, rights, latency.",
                $"godwit check-client --destination '{address}' --database NAME"
            );
        }

        yield return new(
            "applications",
            BeforeCutover,
            Open,
            $"Every application that uses {plan.From} is known, and can be given another connection string at once."
        );
        yield return new(
            "writes",
            BeforeCutover,
            plan.BlocksSource ? Done : Open,
            plan.BlocksSource
                ? $"Writes to {plan.From} are blocked by Godwit at the cutover."
                : $"It is known how the writes to {plan.From} are stopped at the cutover, jobs and people included."
        );
        yield return new(
            "way-back",
            BeforeCutover,
            plan.Options is { IsReversible: true } ? Done : Open,
            plan.Options is { IsReversible: true }
                ? "It can be turned round after the cutover: what was written since comes back."
                : $"It is decided what happens if the applications do not get on with {plan.To}: this migration cannot be turned round after its cutover."
        );
    }

    private static IEnumerable<ChecklistItem> Afterwards(MigrationPlan plan, Cluster? cluster, MigrationState? state)
    {
        if (plan.IsRehearsal)
        {
            yield break;
        }

        var facts = FactsOf(cluster);
        if (plan.BlocksSource)
        {
            yield return new(
                "source-block",
                ChecklistItem.Afterwards,
                IsDone(state, MigrationGoal.UnblockSource) ? Done : Open,
                $"{plan.From} stays write-blocked until somebody lifts it.",
                state is null ? null : $"godwit liveMigrations unblockSource --liveMigrationId {state.Id}"
            );
        }

        if (plan is { HasUsers: true, CopiesUsers: false, IsBackwards: false } && cluster is { AtlasAccountId: null })
        {
            yield return new(
                "users-afterwards",
                ChecklistItem.Afterwards,
                IsDone(state, MigrationGoal.TellUsers) ? Done : Open,
                "Users and custom roles can be copied, with the passwords they have; none that is there is changed.",
                state is null ? null : $"godwit liveMigrations copyUsers --liveMigrationId {state.Id}"
            );
        }

        yield return new(
            "size-down",
            ChecklistItem.Afterwards,
            Open,
            facts is null
                ? $"Size {plan.To} down, if it was sized up for the migration."
                : $"Size {plan.To} ({facts.Tier}) down, if it was sized up for the migration."
        );
        if (facts is not null)
        {
            yield return new(
                "auto-scaling-afterwards",
                ChecklistItem.Afterwards,
                facts.AutoScales ? Done : Open,
                facts.AutoScales
                    ? "Auto-scaling is on."
                    : "Turn auto-scaling on again, if it was turned off for the migration."
            );
        }

        yield return new(
            "backups",
            ChecklistItem.Afterwards,
            facts is { HasBackups: true } && cluster is { PausedBackups: null } ? Done : Open,
            facts is null ? $"Backups of {plan.To} run, and one was made since the cutover."
                : cluster is { PausedBackups: not null }
                    ? "Scheduled backups are paused for the migration; they are put back when it ends."
                : facts.HasBackups ? "Scheduled backups run as before; take a snapshot on demand now."
                : $"No backups of {plan.To} are made: turn them on in Atlas."
        );
        yield return new(
            "source-user",
            ChecklistItem.Afterwards,
            Open,
            plan.Source.UserName is { } user
                ? $"Remove the user {user} that the migration used on {plan.Source.ClusterName}."
                : $"Remove the user that the migration host holds for {plan.Source.ClusterName}, and the cluster there once it is not needed.",
            plan.Source.UserName is null ? $"godwit agent clusters remove {plan.Source.ClusterName}" : null
        );
        yield return new(
            "source",
            ChecklistItem.Afterwards,
            Open,
            $"Let {plan.From} go when nobody needs it any more, and delete the link then."
        );
    }

    private static bool IsDone(MigrationState? state, MigrationGoal goal) =>
        state?.FollowUp is { EndedAt: not null, Failure: null } done && done.Goal == goal;
}

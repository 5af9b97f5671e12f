using System.Net;
using System.Text.Json.Nodes;
using Godwit.Contracts;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Godwit.Hub.Notifications;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Godwit.Hub.Providers;

/// <summary>
/// Scheduled backups of an Atlas cluster are paused while something is migrated to it: what they would hold is a part of the data (D08).
/// Snapshots that are there stay; the schedule that was found is recorded before it is taken away, and put back by the last migration (P18).
/// </summary>
internal sealed partial class AtlasBackups(
    KeyRing ring,
    HubOptions options,
    OutboundRule rule,
    TimeProvider time,
    ILogger<AtlasBackups> logger
)
{
    private const string Policies = "policies";
    private const string Items = "policyItems";

    /// <summary>What of a schedule is set, and not told of it.</summary>
    private static readonly string[] Fields =
    [
        "autoExportEnabled",
        "copySettings",
        "export",
        "extraRetentionSettings",
        Policies,
        "referenceHourOfDay",
        "referenceMinuteOfHour",
        "restoreWindowDays",
        "useOrgAndGroupNamesInExportPrefix",
    ];

    /// <summary>Takes the schedule away, if there is one. A policy of the organisation that forbids it is stronger, and said in the log.</summary>
    /// <exception cref="AtlasException">Atlas could not be asked.</exception>
    internal async Task PauseAsync(
        HubDatabase database,
        AtlasAccount account,
        Cluster cluster,
        CancellationToken cancellationToken
    )
    {
        using var api = AtlasApi.Open(account, ring, options, rule, time);
        var path = PathOf(account, cluster);
        try
        {
            if (cluster.PausedBackups is null)
            {
                var found = await api.GetAsync<JsonObject>(path, cancellationToken, AtlasApi.Clusters)
                    .ConfigureAwait(false);
                if (!HasItems(found))
                {
                    return;
                }

                await KeepAsync(database, cluster, ApiJson.Write(found), cancellationToken).ConfigureAwait(false);
            }

            await api.SendAsync(HttpMethod.Delete, path, null, cancellationToken, AtlasApi.Clusters)
                .ConfigureAwait(false);
            LogPaused(logger, cluster.Name);
        }
        catch (AtlasException refused)
            when (refused.Status
                    is HttpStatusCode.BadRequest
                        or HttpStatusCode.Forbidden
                        or HttpStatusCode.NotFound
                        or HttpStatusCode.Conflict
            )
        {
            await KeepAsync(database, cluster, null, cancellationToken).ConfigureAwait(false);
            LogNotPaused(logger, cluster.Name, refused.Message);
        }
    }

    /// <summary>Puts the schedule back, unless a migration goes on there.</summary>
    /// <param name="database">Where it is recorded.</param>
    /// <param name="account">The connection with Atlas.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="id">The migration or validation that has ended.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AtlasException">It was refused.</exception>
    internal async Task ResumeAsync(
        HubDatabase database,
        AtlasAccount account,
        Cluster cluster,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (
            cluster.PausedBackups is not { } kept
            || await database
                .Migrations.AnyAsync(one => one.ActiveClusterId == cluster.Id && one.Id != id, cancellationToken)
                .ConfigureAwait(false)
        )
        {
            return;
        }

        using var api = AtlasApi.Open(account, ring, options, rule, time);
        var path = PathOf(account, cluster);
        var now = await api.GetAsync<JsonObject>(path, cancellationToken, AtlasApi.Clusters).ConfigureAwait(false);
        // Somebody who has made another one meanwhile has had a reason.
        if (!HasItems(now))
        {
            var back = Schedule(ApiJson.Read<JsonObject>(kept), now);
            await api.SendAsync(HttpMethod.Patch, path, back, cancellationToken, AtlasApi.Clusters)
                .ConfigureAwait(false);
        }

        await KeepAsync(database, cluster, null, cancellationToken).ConfigureAwait(false);
        LogResumed(logger, cluster.Name);
    }

    /// <summary>The schedule as it was, under the id that the cluster's policy has now; its rules get ids of their own.</summary>
    private static JsonObject Schedule(JsonObject kept, JsonObject now)
    {
        var back = new JsonObject();
        foreach (var field in Fields.Where(field => kept[field] is not null))
        {
            back[field] = kept[field]!.DeepClone();
        }

        var there = now[Policies]?.AsArray();
        var position = 0;
        foreach (var policy in back[Policies]!.AsArray().OfType<JsonObject>())
        {
            if (there?.ElementAtOrDefault(position++)?["id"] is { } id)
            {
                policy["id"] = id.DeepClone();
            }

            foreach (var item in policy[Items]?.AsArray().OfType<JsonObject>() ?? [])
            {
                _ = item.Remove("id");
            }
        }

        return back;
    }

    private static bool HasItems(JsonObject schedule) =>
        schedule[Policies]?.AsArray().Any(policy => policy?[Items]?.AsArray().Count > 0) == true;

    private static string PathOf(AtlasAccount account, Cluster cluster) =>
        $"/groups/{account.AtlasGroupId}/clusters/{cluster.Name}/backup/schedule";

    private static Task KeepAsync(
        HubDatabase database,
        Cluster cluster,
        string? schedule,
        CancellationToken cancellationToken
    ) =>
        database
            .Clusters.Where(one => one.Id == cluster.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(one => one.PausedBackups, schedule), cancellationToken);

    [LoggerMessage(
        131,
        LogLevel.Information,
        "Scheduled backups of {Cluster} are paused until the migration to it has ended"
    )]
    private static partial void LogPaused(ILogger logger, string cluster);

    [LoggerMessage(132, LogLevel.Warning, "Scheduled backups of {Cluster} go on during the migration: {Reason}")]
    private static partial void LogNotPaused(ILogger logger, string cluster, string reason);

    [LoggerMessage(133, LogLevel.Information, "Scheduled backups of {Cluster} are as they were before the migration")]
    private static partial void LogResumed(ILogger logger, string cluster);
}

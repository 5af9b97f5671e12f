using System.Net;
using Godwit.Engine.Mongo.Administration;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Godwit.Hub.Notifications;

namespace Godwit.Hub.Providers;

/// <summary>
/// What a migration host is given of an Atlas cluster: a database user for this cluster alone, with a role of enumerated actions, and the
/// host's addresses on the project's access list. All of it carries the migration's id and goes with it; what was there before stays (P18).
/// </summary>
internal sealed class AtlasAccess(KeyRing ring, HubOptions options, OutboundRule rule, TimeProvider time)
{
    private const string Admin = "admin";
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>How long Atlas may take to bring a change to a cluster before the Hub tries anew.</summary>
    private static readonly TimeSpan ChangeMax = TimeSpan.FromMinutes(2);

    /// <summary>What built-in roles that Atlas gives do not hold, by its names.</summary>
    private static readonly (string Action, bool IsOfCluster)[] Actions =
    [
        ("BYPASS_DOCUMENT_VALIDATION", false),
        ("CHANGE_STREAM", false),
        ("CONVERT_TO_CAPPED", false),
        ("RENAME_COLLECTION_SAME_DB", false),
        ("SET_USER_WRITE_BLOCK", true),
        ("BYPASS_USER_WRITE_BLOCK", true),
    ];

    /// <summary>Data of any kind, buckets of time-series included, which Atlas' custom roles cannot name; the oplog; notes in it.</summary>
    private static readonly string[] Roles = ["readWriteAnyDatabase", "dbAdminAnyDatabase", "clusterMonitor", "backup"];

    /// <summary>Splitting and moving chunks is in no action that Atlas gives to custom roles.</summary>
    private const string ForShards = "atlasAdmin";

    private static readonly string[] ReadingRoles = ["readAnyDatabase", "clusterMonitor"];

    /// <exception cref="AtlasException">It was refused, or has not reached the cluster in time.</exception>
    internal async Task GrantAsync(
        AtlasAccount account,
        Cluster cluster,
        bool isSharded,
        string id,
        string password,
        IReadOnlyList<string> addresses,
        bool readsOnly,
        CancellationToken cancellationToken
    )
    {
        using var api = AtlasApi.Open(account, ring, options, rule, time);
        var (group, name) = ($"/groups/{account.AtlasGroupId}", TemporaryUsers.Name(id));
        await LetInAsync(api, group, name, addresses, cancellationToken).ConfigureAwait(false);
        if (!readsOnly)
        {
            await PutAsync(
                    api,
                    $"{group}/customDBRoles/roles",
                    $"{group}/customDBRoles/roles/{name}",
                    RoleOf(name),
                    new { RoleOf(name).Actions },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        var roles =
            readsOnly ? ReadingRoles
            : isSharded ? [name, .. Roles, ForShards]
            : [name, .. Roles];
        var user = new
        {
            DatabaseName = Admin,
            GroupId = account.AtlasGroupId,
            Username = name,
            Password = password,
            Roles = roles.Select(role => new { RoleName = role, DatabaseName = Admin }),
            Scopes = new[] { new { cluster.Name, Type = "CLUSTER" } },
        };
        await PutAsync(
                api,
                $"{group}/databaseUsers",
                $"{group}/databaseUsers/{Admin}/{name}",
                user,
                user,
                cancellationToken
            )
            .ConfigureAwait(false);
        await UntilAppliedAsync(api, $"{group}/clusters/{cluster.Name}/status", cancellationToken)
            .ConfigureAwait(false);
    }

    /// <exception cref="AtlasException">It was refused.</exception>
    internal async Task RemoveAsync(AtlasAccount account, string id, CancellationToken cancellationToken)
    {
        using var api = AtlasApi.Open(account, ring, options, rule, time);
        var (group, name) = ($"/groups/{account.AtlasGroupId}", TemporaryUsers.Name(id));
        // The user first: a role that is given to somebody is not removed.
        await DeleteAsync(api, $"{group}/databaseUsers/{Admin}/{name}", cancellationToken).ConfigureAwait(false);
        await DeleteAsync(api, $"{group}/customDBRoles/roles/{name}", cancellationToken).ConfigureAwait(false);
        var entries = await api.ListAsync<AtlasAccessEntry>($"{group}/accessList", cancellationToken)
            .ConfigureAwait(false);
        foreach (var entry in entries.Where(one => one.Comment == name))
        {
            await DeleteAsync(api, $"{group}/accessList/{Escaped(entry)}", cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Adds the addresses that no entry holds yet, and takes away those that an earlier host of this migration had.</summary>
    private async Task LetInAsync(
        AtlasApi api,
        string group,
        string name,
        IReadOnlyList<string> addresses,
        CancellationToken cancellationToken
    )
    {
        var path = $"{group}/accessList";
        var entries = await api.ListAsync<AtlasAccessEntry>(path, cancellationToken).ConfigureAwait(false);
        var wanted = addresses.Select(one => AddressBlocks.Normalize(one) ?? one).ToList();
        foreach (
            var former in entries.Where(one =>
                one.Comment == name && !wanted.Contains(Block(one), StringComparer.Ordinal)
            )
        )
        {
            await DeleteAsync(api, $"{path}/{Escaped(former)}", cancellationToken).ConfigureAwait(false);
        }

        var there = entries.Select(Block).ToList();
        var missing = wanted.Where(one => !IsHeld(there, one)).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        await api.SendAsync(
                HttpMethod.Post,
                path,
                missing.Select(one => new { CidrBlock = one, Comment = name }),
                cancellationToken
            )
            .ConfigureAwait(false);
        var start = time.GetTimestamp();
        foreach (var one in missing)
        {
            while (
                (
                    await api.GetAsync<AtlasAccessStatus>(
                            $"{path}/{Uri.EscapeDataString(one)}/status",
                            cancellationToken
                        )
                        .ConfigureAwait(false)
                ).Status == "PENDING"
            )
            {
                await WaitAsync(start, $"the access list entry {one}", cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task UntilAppliedAsync(AtlasApi api, string path, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (
            (await api.GetAsync<AtlasClusterStatus>(path, cancellationToken).ConfigureAwait(false)).ChangeStatus
            == "PENDING"
        )
        {
            await WaitAsync(start, "the database user", cancellationToken).ConfigureAwait(false);
        }
    }

    private Task WaitAsync(long start, string what, CancellationToken cancellationToken) =>
        time.GetElapsedTime(start) < ChangeMax
            ? Task.Delay(LookEvery, time, cancellationToken)
            : throw new AtlasException(null, "PENDING", $"Atlas has not brought {what} to the cluster yet");

    /// <summary>Makes something, or changes what is there of that name.</summary>
    private static async Task PutAsync(
        AtlasApi api,
        string all,
        string one,
        object whole,
        object change,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await api.SendAsync(HttpMethod.Post, all, whole, cancellationToken).ConfigureAwait(false);
        }
        catch (AtlasException there) when (there.Status == HttpStatusCode.Conflict)
        {
            await api.SendAsync(HttpMethod.Patch, one, change, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task DeleteAsync(AtlasApi api, string path, CancellationToken cancellationToken)
    {
        try
        {
            await api.SendAsync(HttpMethod.Delete, path, null, cancellationToken).ConfigureAwait(false);
        }
        catch (AtlasException gone) when (gone.Status == HttpStatusCode.NotFound)
        {
            // Somebody, or an earlier attempt, has removed it.
        }
    }

    private static AtlasRole RoleOf(string name) => new(name, [.. ActionsOf()]);

    private static IEnumerable<object> ActionsOf() =>
        Actions.Select(one => new
        {
            one.Action,
            Resources = new object[]
            {
                one.IsOfCluster
                    ? new { Cluster = true }
                    : new
                    {
                        Cluster = false,
                        Db = "",
                        Collection = "",
                    },
            },
        });

    private static bool IsHeld(IReadOnlyList<string> blocks, string wanted) =>
        blocks.Contains(wanted, StringComparer.Ordinal)
        || (
            AddressBlocks.Single(wanted) is { } single
            && IPAddress.TryParse(single, out var address)
            && AddressBlocks.Contain(blocks, address)
        );

    private static string Block(AtlasAccessEntry entry) =>
        AddressBlocks.Normalize(entry.CidrBlock ?? entry.IpAddress ?? "") ?? "";

    private static string Escaped(AtlasAccessEntry entry) =>
        Uri.EscapeDataString(entry.CidrBlock ?? entry.IpAddress ?? "");

    /// <summary>A custom role.</summary>
    private sealed record AtlasRole(string RoleName, IReadOnlyList<object> Actions);
}

using System.Security.Cryptography;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Engine.Mongo.Administration;
using Godwit.Engine.Mongo.Connections;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Godwit.Hub.Providers;
using Godwit.Hub.Requests;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Destinations;

/// <summary>
/// What a migration host is given of a destination: a user of its own, made for one migration or validation and removed after it
/// (P7). A destination without users gets none.
/// </summary>
internal sealed class SelfManagedAccess(
    KeyRing ring,
    ClusterAddresses addresses,
    AddressRules rules,
    AtlasAccess atlas,
    AtlasBackups backups,
    TimeProvider time
)
{
    private const int PasswordBytes = 24;

    /// <summary>A password for a user to be made; encrypted, to be recorded before the user is made.</summary>
    internal string NewPassword() =>
        ring.Seal(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PasswordBytes)), KeyRing.Users);

    /// <summary>Makes the user, or sets it anew.</summary>
    internal async Task GrantAsync(
        HubDatabase database,
        string id,
        string clusterId,
        string hostId,
        string sealedPassword,
        TemporaryUse use,
        IReadOnlyCollection<string> helpers,
        CancellationToken cancellationToken,
        string? formerHostId = null
    )
    {
        var cluster = await FindAsync(database, clusterId, cancellationToken).ConfigureAwait(false);
        var hosts = await database
            .Hosts.AsNoTracking()
            .Where(one =>
                one.Id == hostId
                || one.Id == formerHostId
                || (
                    helpers.Contains(one.Name)
                    && one.RevokedAt == null
                    && database.Hosts.Any(first => first.Id == hostId && first.OrganizationId == one.OrganizationId)
                )
            )
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var listed = await AccessListDesk
            .BlocksAsync(database, cluster.ProjectId, time.GetUtcNow(), cancellationToken)
            .ConfigureAwait(false);
        IReadOnlyList<string> sources = listed.Count > 0 ? listed : [.. hosts.SelectMany(AddressesOf).Distinct()];
        if (await FindAccountAsync(database, cluster, cancellationToken).ConfigureAwait(false) is { } account)
        {
            var isSharded = ApiJson.Read<ClusterFactsText>(cluster.Facts).Shape == "SHARDED";
            var password = ring.Open(sealedPassword, KeyRing.Users);
            if (use == TemporaryUse.BeFilled)
            {
                await backups.PauseAsync(database, account, cluster, cancellationToken).ConfigureAwait(false);
            }

            await atlas
                .GrantAsync(
                    account,
                    cluster,
                    isSharded,
                    id,
                    password,
                    sources,
                    use == TemporaryUse.Look,
                    cancellationToken
                )
                .ConfigureAwait(false);
            return;
        }

        await TemporaryUsers
            .EnsureAsync(
                await OpenAsync(cluster, cancellationToken).ConfigureAwait(false),
                id,
                ring.Open(sealedPassword, KeyRing.Users),
                sources,
                use,
                await IncarnationAsync(database, cancellationToken).ConfigureAwait(false),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Where a host may call from: as it says itself, and as the Hub sees it.</summary>
    internal static IReadOnlyList<string> AddressesOf(MigrationHost host) =>
        [
            .. ApiJson
                .Read<HostReport>(host.Report)
                .Addresses.Append(host.Address)
                .Where(one => one.Length > 0)
                .Distinct(),
        ];

    /// <summary>Whether a project's access list lets a host in, as a check of a validation.</summary>
    internal async Task<ReportedCheck> CheckListAsync(
        HubDatabase database,
        string projectId,
        MigrationHost host,
        CancellationToken cancellationToken
    )
    {
        const string id = "access-list";
        var addresses = AddressesOf(host);
        var listed = await AccessListDesk
            .BlocksAsync(database, projectId, time.GetUtcNow(), cancellationToken)
            .ConfigureAwait(false);
        var isIn =
            listed.Count == 0
            || addresses.Any(one =>
                System.Net.IPAddress.TryParse(one, out var address) && AddressBlocks.Contain(listed, address)
            );
        return isIn
            ? new(id, "PASSED", $"The migration host {host.Name} is let in to the project's clusters.", "")
            : new(
                id,
                "FAILED",
                $"None of the addresses of {host.Name} ({string.Join(", ", addresses)}) is on the project's access list.",
                "Add the address that the destination sees it by: Network access, + Add IP address."
            );
    }

    /// <summary>Removes the user.</summary>
    internal async Task RemoveAsync(
        HubDatabase database,
        string id,
        string clusterId,
        CancellationToken cancellationToken
    )
    {
        var cluster = await FindAsync(database, clusterId, cancellationToken).ConfigureAwait(false);
        if (await FindAccountAsync(database, cluster, cancellationToken).ConfigureAwait(false) is { } account)
        {
            await atlas.RemoveAsync(account, id, cancellationToken).ConfigureAwait(false);
            await backups.ResumeAsync(database, account, cluster, id, cancellationToken).ConfigureAwait(false);
            return;
        }

        var address = await OpenAsync(cluster, cancellationToken).ConfigureAwait(false);
        await TemporaryUsers.RemoveAsync(address, id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Which Hub this is, as users of its making say.</summary>
    internal static async Task<string> IncarnationAsync(HubDatabase database, CancellationToken cancellationToken) =>
        (
            await database
                .Settings.AsNoTracking()
                .FirstAsync(one => one.Name == Setting.Incarnation, cancellationToken)
                .ConfigureAwait(false)
        ).Value;

    /// <summary>The temporary users on a cluster that was registered by its address.</summary>
    internal async Task<IReadOnlyList<FoundTemporaryUser>> ListAsync(
        Cluster cluster,
        CancellationToken cancellationToken
    ) =>
        await TemporaryUsers
            .ListAsync(await OpenAsync(cluster, cancellationToken).ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);

    /// <summary>Users and roles that a host tells of, encrypted: they hold credentials, and are written down until the destination has them.</summary>
    internal ReportedMigration SealUsers(ReportedMigration report) =>
        report is { Goal: MigrationGoal.TellUsers, Report: { } users }
            ? report with
            {
                Report = ring.Seal(users, KeyRing.Users),
            }
            : report;

    /// <summary>Gives a cluster the users and roles that a host has told of, by the user that it was registered with (E07).</summary>
    internal async Task<IReadOnlyList<CarriedEntry>> GiveUsersAsync(
        HubDatabase database,
        string clusterId,
        string sealedUsers,
        CancellationToken cancellationToken
    )
    {
        var cluster = await FindAsync(database, clusterId, cancellationToken).ConfigureAwait(false);
        return await AccessCopy
            .WriteAsync(
                AccessEntries.Parse(ring.Open(sealedUsers, KeyRing.Users)),
                await OpenAsync(cluster, cancellationToken).ConfigureAwait(false),
                isDryRun: false,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>How the Hub reaches a cluster; its names are looked up anew each time, so that one that leads elsewhere by now is no way in.</summary>
    private async Task<string> OpenAsync(Cluster cluster, CancellationToken cancellationToken)
    {
        var address = addresses.Open(cluster);
        await rules.RequireAsync(address, cancellationToken).ConfigureAwait(false);
        return address;
    }

    /// <summary>The destination's connection string as the host gets it, sealed to it.</summary>
    internal string Seal(Cluster cluster, MigrationPlan plan, MigrationHost host, string id, string? sealedPassword)
    {
        var address = cluster.ProviderFacts is { } facts
            ? ApiJson.Read<AtlasFacts>(facts).AddressBy(plan.Connection, plan.PrivateLinkId) ?? ""
            : addresses.OpenPlain(cluster);
        address = cluster.Authority is null ? address : ConnectionText.WithOption(address, "tls", "true");
        var theirs = sealedPassword is null
            ? ConnectionText.WithoutUser(address)
            : ConnectionText.WithUser(address, TemporaryUsers.Name(id), ring.Open(sealedPassword, KeyRing.Users));
        return SealedText.Seal(
            theirs,
            Convert.FromBase64String(host.SealingKey),
            DestinationAccess.Purpose(host.Id, id)
        );
    }

    /// <summary>What is asked of the engine as a host gets it: rules for documents sealed to it.</summary>
    internal EngineOptions? Seal(EngineOptions? options, MigrationHost host, string id) =>
        options is { SealedRules: { } rules }
            ? options with
            {
                SealedRules = SealedText.Seal(
                    ring.Open(rules, KeyRing.Rules),
                    Convert.FromBase64String(host.SealingKey),
                    EngineOptions.RulesPurpose(host.Id, id)
                ),
            }
            : options;

    private static async Task<AtlasAccount?> FindAccountAsync(
        HubDatabase database,
        Cluster cluster,
        CancellationToken cancellationToken
    ) =>
        cluster.AtlasAccountId is { } id
            ? await database
                .AtlasAccounts.AsNoTracking()
                .FirstAsync(one => one.Id == id, cancellationToken)
                .ConfigureAwait(false)
            : null;

    private static async Task<Cluster> FindAsync(
        HubDatabase database,
        string clusterId,
        CancellationToken cancellationToken
    ) =>
        await database
            .Clusters.AsNoTracking()
            .FirstAsync(one => one.Id == clusterId, cancellationToken)
            .ConfigureAwait(false);
}

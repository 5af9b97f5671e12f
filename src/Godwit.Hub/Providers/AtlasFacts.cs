using Godwit.Contracts.Own;
using Godwit.Hub.Destinations;

namespace Godwit.Hub.Providers;

/// <summary>What Atlas says of a cluster, put together from its answers, with the addresses it is reached by.</summary>
/// <param name="Shown">What people are shown.</param>
/// <param name="Address">Its standard address; <see langword="null"/> while it has none.</param>
/// <param name="PrivateAddress">Over peered networks.</param>
/// <param name="EndpointAddresses">Through each private endpoint.</param>
internal sealed record AtlasFacts(
    ProviderFacts Shown,
    string? Address,
    string? PrivateAddress,
    IReadOnlyDictionary<string, string> EndpointAddresses
)
{
    private const string Available = "AVAILABLE";

    internal static AtlasFacts Of(
        AtlasCluster cluster,
        IReadOnlyList<AtlasPeering> peerings,
        IReadOnlyList<AtlasEndpointService> services
    )
    {
        var specs = cluster.ReplicationSpecs ?? [];
        var regions = specs.SelectMany(one => one.RegionConfigs ?? []).ToList();
        var nodes = (specs.FirstOrDefault()?.RegionConfigs ?? []).Sum(one => one.ElectableSpecs?.NodeCount ?? 0);
        var addresses = cluster.ConnectionStrings;
        var endpoints = new Dictionary<string, string>(StringComparer.Ordinal);
        var shown = new List<ProviderEndpoint>();
        foreach (var address in addresses?.PrivateEndpoint ?? [])
        {
            foreach (var one in address.Endpoints ?? [])
            {
                if (one.EndpointId is { } id && (address.SrvConnectionString ?? address.ConnectionString) is { } way)
                {
                    var service = services.FirstOrDefault(candidate => candidate.Ids.Contains(id));
                    endpoints[id] = way;
                    // An address is given for an endpoint only once there is one.
                    shown.Add(new(id, one.ProviderName ?? "", one.Region ?? "", service?.Status ?? Available));
                }
            }
        }

        return new(
            new(
                regions.Select(one => one.ElectableSpecs?.InstanceSize).FirstOrDefault(one => one is not null) ?? "",
                Math.Max(1, specs.Count),
                nodes,
                regions.Select(one => one.ElectableSpecs?.DiskSizeGb).FirstOrDefault(one => one is not null),
                [.. regions.Select(one => $"{one.ProviderName} {one.RegionName}").Distinct()],
                cluster.StateName,
                cluster.Paused,
                cluster.BackupEnabled,
                regions.Exists(one => one.AutoScaling is { Compute.Enabled: true } or { DiskGb.Enabled: true }),
                cluster.BiConnector is { Enabled: true },
                (addresses?.PrivateSrv ?? addresses?.Private) is not null,
                [
                    .. peerings.Select(one => new ProviderPeering(
                        one.Id ?? "",
                        one.ProviderName ?? "AWS",
                        one.StatusName ?? one.Status ?? ""
                    )),
                ],
                shown
            ),
            addresses?.StandardSrv ?? addresses?.Standard,
            addresses?.PrivateSrv ?? addresses?.Private,
            endpoints
        );
    }

    /// <summary>What the Hub keeps beside it, as of any cluster; who it is only a migration host finds out.</summary>
    internal static ClusterFactsText Describe(AtlasCluster cluster) =>
        new(
            cluster.ClusterType == "REPLICASET" ? "REPLICA_SET" : "SHARDED",
            cluster.MongoDbVersion,
            null,
            HasUsers: true,
            IsEncrypted: true
        );

    /// <summary>Why nothing can be migrated to it; <see langword="null"/> if it can (M-039, B13).</summary>
    /// <param name="smallestTier">The smallest size that the Hub takes.</param>
    internal string? Obstacle(string smallestTier) =>
        Shown.Tier is "M0" or "M2" or "M5" or "FLEX" ? $"it is of the size {Shown.Tier}: a dedicated cluster is needed"
        : SizeOf(Shown.Tier) < SizeOf(smallestTier)
            ? $"it is of the size {Shown.Tier}: this Hub migrates to {smallestTier} or larger"
        : Shown.IsPaused ? "it is paused: resume it in Atlas"
        : Address is null ? "Atlas gives no address for it yet"
        : null;

    /// <summary>The number of a tier, which grows with its memory: M30, R40, M40_NVME. A size of another kind is not refused for its name.</summary>
    private static int SizeOf(string tier) =>
        int.TryParse(
            new string([.. tier.SkipWhile(char.IsAsciiLetter).TakeWhile(char.IsAsciiDigit)]),
            System.Globalization.CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : int.MaxValue;

    /// <summary>The address of a way in; <see langword="null"/> if there is none.</summary>
    /// <param name="schema">PUBLIC, VPC_PEERING or PRIVATE_LINK.</param>
    /// <param name="privateLinkId">The private endpoint.</param>
    internal string? AddressBy(string schema, string? privateLinkId) =>
        schema switch
        {
            "VPC_PEERING" => PrivateAddress,
            "PRIVATE_LINK" => privateLinkId is not null
            && Shown.PrivateEndpoints.Any(one => one.Id == privateLinkId && one.Status == Available)
                ? EndpointAddresses.GetValueOrDefault(privateLinkId)
                : null,
            _ => Address,
        };
}

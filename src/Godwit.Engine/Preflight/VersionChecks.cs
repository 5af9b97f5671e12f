namespace Godwit.Engine.Preflight;

/// <summary>Shapes, versions and feature compatibility (C01, C02, C11).</summary>
internal static class VersionChecks
{
    private const string PairId = "version-pair";
    private const string CompatibilityId = "fcv-";
    private static readonly Version Floor60 = new(6, 0, 17);
    private static readonly Version Floor70 = new(7, 0, 13);

    internal static Finding Shape(ClusterFacts cluster, string side)
    {
        var id = $"shape-{side}";
        return cluster.Shape switch
        {
            ClusterShape.ReplicaSet when cluster.IsPartOfSharded => Finding.Failed(
                id,
                $"The {side} at {cluster.Address} is a part of a sharded cluster: alone it shows documents that are not its own, and what is written to it is lost to the cluster.",
                "Give the connection string of the cluster's routers (mongos), without replicaSet."
            ),
            ClusterShape.ReplicaSet => Finding.Passed(id, $"The {side} is a replica set."),
            ClusterShape.Standalone => Finding.Failed(
                id,
                $"The {side} at {cluster.Address} is a standalone server: it has no oplog, so its changes cannot be followed.",
                "Convert it to a replica set: restart mongod with --replSet rs0, run rs.initiate() in mongosh, and add replicaSet=rs0 to the connection string."
            ),
            ClusterShape.Sharded => Finding.Passed(
                id,
                FormattableString.Invariant($"The {side} is a sharded cluster of {cluster.Shards.Count} shards.")
            ),
        };
    }

    internal static Finding Floor(ClusterFacts cluster, string side, PreflightOptions options)
    {
        var id = $"version-{side}";
        var version = cluster.Version;
        var floor = version.Major switch
        {
            6 => Floor60,
            7 => Floor70,
            _ => new Version(8, 0, 0),
        };
        if (version >= floor)
        {
            return Finding.Passed(id, $"The {side} runs MongoDB {version}.");
        }

        var message =
            $"The {side} runs MongoDB {version}, which is older than {floor}, the oldest supported in its line.";
        return options.AcceptVersion && version.Major >= 6
            ? Finding.Warning(id, message, "Accepted on request; upgrade to a supported patch release when you can.")
            : Finding.Failed(id, message, $"Upgrade the {side} to {floor} or later first.");
    }

    internal static Finding FeatureCompatibility(ClusterFacts cluster, string side)
    {
        var id = CompatibilityId + side;
        if (cluster.IsChangingFeatureCompatibilityVersion)
        {
            return Finding.Failed(
                id,
                $"The {side} is changing its featureCompatibilityVersion.",
                "Let setFeatureCompatibilityVersion finish, then start again."
            );
        }

        if (cluster.FeatureCompatibilityVersion is not { } fcv)
        {
            return Finding.Warning(
                id,
                $"The {side}'s featureCompatibilityVersion could not be read.",
                "Grant the user the clusterMonitor role, or check it by hand: it must equal the version."
            );
        }

        var expected = FormattableString.Invariant($"{cluster.Version.Major}.{cluster.Version.Minor}");
        return fcv == expected
            ? Finding.Passed(id, $"The {side}'s featureCompatibilityVersion is {fcv}.")
            : Finding.Failed(
                id,
                $"The {side} runs {cluster.Version} with featureCompatibilityVersion {fcv}.",
                $"Run setFeatureCompatibilityVersion \"{expected}\" on the {side} first."
            );
    }

    /// <summary>
    /// A migration that has begun goes on in the middle of an upgrade: whoever waits for its end loses history, and what the servers offer
    /// is found out anew in every life.
    /// </summary>
    internal static Finding OfBegun(Finding finding) =>
        finding.State == FindingState.Failed
        && (finding.Id == PairId || finding.Id.StartsWith(CompatibilityId, StringComparison.Ordinal))
            ? finding with
            {
                State = FindingState.Warning,
            }
            : finding;

    internal static Finding Pair(ClusterFacts source, ClusterFacts destination)
    {
        var older =
            destination.Version.Major < source.Version.Major
            || (destination.Version.Major == source.Version.Major && destination.Version.Minor < source.Version.Minor);
        return older
            ? Finding.Failed(
                PairId,
                $"The destination ({destination.Version}) is older than the source ({source.Version}): collection options, index options and values that only the newer version knows could not be kept.",
                $"Upgrade the destination to {source.Version} or later."
            )
            : Finding.Passed(PairId, $"MongoDB {source.Version} to {destination.Version} is supported.");
    }
}

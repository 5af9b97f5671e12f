using System.Globalization;
using Godwit.Bson;
using Godwit.Engine.Scoping;

namespace Godwit.Engine.Preflight;

/// <summary>
/// Judges two clusters before anything is written: every finding at once, each with its remedy. Pure; the same facts give the
/// same findings.
/// </summary>
public static class PreflightChecks
{
    private const string Source = "source";
    private const string Destination = "destination";

    /// <summary>Checks a pair of clusters.</summary>
    /// <param name="source">Facts of the source.</param>
    /// <param name="destination">Facts of the destination.</param>
    /// <param name="options">What the person asked for.</param>
    /// <returns>Findings in the order a person would fix them. While a cluster cannot be used, nothing else is judged of it.</returns>
    public static IReadOnlyList<Finding> Run(ClusterFacts source, ClusterFacts destination, PreflightOptions options)
    {
        var everything = source.Namespaces;
        source = source with { Namespaces = [.. everything.Where(one => options.Scope.Includes(one.Name))] };
        var findings = new List<Finding>
        {
            ConnectionChecks.Check(source, Source),
            ConnectionChecks.Check(destination, Destination),
        };
        if (source.Fault is null)
        {
            findings.AddRange(CheckOne(source, Source, options));
            if (source.User is not null)
            {
                findings.Add(ScramChecks.Check(source));
            }
        }

        if (destination.Fault is null)
        {
            findings.AddRange(CheckOne(destination, Destination, options));
        }

        if (source.Fault is null && options.Scope != NamespaceScope.Everything)
        {
            findings.Add(ScopeChecks.Filter(source, everything.Count, options));
            findings.Add(ScopeChecks.Mapping(source, options));
            if (options.Scope.Documents != DocumentRules.None)
            {
                findings.Add(ScopeChecks.Rules(source, options));
            }
        }

        if (source.Fault is null && destination.Fault is null)
        {
            findings.AddRange(CheckPair(source, destination, options));
        }

        return Own(destination, options).Any(one => !one.IsFinished)
            ? [.. findings.Select(VersionChecks.OfBegun)]
            : findings;
    }

    /// <summary>Checks what can be said of one cluster while the other is still being looked at.</summary>
    /// <param name="cluster">Facts of it.</param>
    /// <param name="isSource">Whether it is the source.</param>
    /// <param name="options">What the person asked for.</param>
    /// <returns>A part of what <see cref="Run"/> finds, in the same words.</returns>
    public static IReadOnlyList<Finding> RunOne(ClusterFacts cluster, bool isSource, PreflightOptions options)
    {
        var side = isSource ? Source : Destination;
        var answer = ConnectionChecks.Check(cluster, side);
        return cluster.Fault is null ? [answer, .. CheckOne(cluster, side, options)] : [answer];
    }

    /// <summary>Whether nothing found forbids the start.</summary>
    public static bool AllowStart(IEnumerable<Finding> findings) => findings.All(f => f.State != FindingState.Failed);

    private static IEnumerable<Finding> CheckOne(ClusterFacts cluster, string side, PreflightOptions options)
    {
        yield return VersionChecks.Shape(cluster, side);
        yield return VersionChecks.Floor(cluster, side, options);
        yield return VersionChecks.FeatureCompatibility(cluster, side);
        yield return PrivilegeChecks.Check(cluster, side == Source, options);
        yield return ConnectionChecks.Encryption(cluster, side);
        yield return Clock(cluster, side);
        yield return Majority(cluster, side);
        yield return IndexBuilds(cluster, side);
        if (cluster.Shape == ClusterShape.Sharded)
        {
            yield return ShardChecks.Jumbo(cluster, side);
        }
    }

    private static IEnumerable<Finding> CheckPair(
        ClusterFacts source,
        ClusterFacts destination,
        PreflightOptions options
    )
    {
        yield return VersionChecks.Pair(source, destination);
        yield return SameCluster(source, destination);
        yield return OtherMigration(source, destination, options);
        yield return ExistingData(source, destination, options);
        yield return Unsupported(source);
        foreach (var finding in BesideChecks.Run(source, options))
        {
            yield return finding;
        }

        yield return ShardingChecks.Check(
            source,
            destination,
            options.Sharding,
            IsResumed(source, destination, options)
        );
        yield return CapacityChecks.OplogWindow(source, options);
        yield return CapacityChecks.Disk(source, destination, IsResumed(source, destination, options));
        yield return CapacityChecks.Size(source, destination);
        yield return PrivilegeChecks.DestinationBlock(destination, options);
        if (options.IsReversible)
        {
            yield return ReversalChecks.Check(source, destination, options);
        }

        if (options.BlockSourceWrites)
        {
            yield return BlockChecks.Source(source);
            if (source.IsAuthorizationEnabled)
            {
                yield return BlockChecks.Bypass(source, Source);
            }
        }
    }

    private static Finding SameCluster(ClusterFacts source, ClusterFacts destination) =>
        source.Identity is not null && source.Identity == destination.Identity
            ? Finding.Failed(
                "same-cluster",
                $"Source and destination are the same deployment ({source.Identity}), even if the addresses differ.",
                "Name another deployment as the destination."
            )
            : Finding.Passed("same-cluster", "Source and destination are different deployments.");

    private static Finding OtherMigration(ClusterFacts source, ClusterFacts destination, PreflightOptions options)
    {
        const string id = "other-migration";
        var names = source.Namespaces.Select(one => one.Name).ToList();
        if (
            SharedDestination.FindObjection(destination.Migrations, options.Name, options.Scope, names) is { } objection
        )
        {
            return Finding.Failed(
                id,
                objection,
                "Finish or cancel that migration first (--cancel). To run several at a time, give each a name (--name) and a filter that leaves out what the others move."
            );
        }

        var recorded = Own(destination, options).FirstOrDefault(m => !m.IsFinished);
        if (recorded is null)
        {
            return Finding.Passed(
                id,
                options.Name.Length == 0 || destination.Migrations.All(m => m.IsFinished)
                    ? "No other migration is recorded on the destination."
                    : "Other migrations to the destination move nothing that this one does."
            );
        }

        if (recorded.SourceIdentity == source.Identity)
        {
            return Finding.Passed(
                id,
                $"Migration {recorded.Id} from this source is recorded there: it will be resumed."
            );
        }

        var message =
            $"Migration {recorded.Id} from another source ({recorded.SourceIdentity}, this one is {source.Identity}) is recorded on the destination in state {recorded.State}.";
        return options.AcceptHistoryChange
            ? Finding.Warning(id, message, "As you said, it goes on with this source: everything is compared.")
            : Finding.Failed(
                id,
                message,
                "Finish or cancel that migration first (--cancel), or choose another destination. If this source is the same deployment, restored: --accept-history-change."
            );
    }

    /// <summary>Whether the destination holds what an earlier run of this migration has written, one that is cut over too.</summary>
    private static bool IsResumed(ClusterFacts source, ClusterFacts destination, PreflightOptions options) =>
        options.IsReverse || Own(destination, options).Any(m => m.SourceIdentity == source.Identity || !m.IsFinished);

    /// <summary>What is recorded under this migration's name, the last one that was cut over included.</summary>
    private static IEnumerable<RecordedMigration> Own(ClusterFacts destination, PreflightOptions options) =>
        destination.Migrations.Where(one => one.Name == options.Name);

    private static Finding ExistingData(ClusterFacts source, ClusterFacts destination, PreflightOptions options)
    {
        const string id = "existing-data";
        if (IsResumed(source, destination, options))
        {
            return Finding.Passed(id, "The destination holds what this migration has written so far.");
        }

        var names = source.Namespaces.Select(n => options.Scope.ToDestination(n.Name)).ToHashSet();
        var duplicates = destination.Namespaces.Where(n => names.Contains(n.Name)).Select(n => n.Name).ToList();
        if (duplicates.Count > 0)
        {
            return Finding.Failed(
                id,
                $"Both sides have {List(duplicates)}. Godwit never merges collections.",
                "Drop or rename them on the destination."
            );
        }

        if (destination.Namespaces.Count == 0)
        {
            return Finding.Passed(id, "The destination is empty.");
        }

        var present = List([.. destination.Namespaces.Select(n => n.Name)]);
        return options.IgnoreExisting
            ? Finding.Warning(
                id,
                $"The destination already holds {present}.",
                "They are left as they are and not verified."
            )
            : Finding.Failed(
                id,
                $"The destination is not empty: it holds {present}.",
                "Use an empty destination, or --ignore-existing to leave these collections as they are."
            );
    }

    private static Finding Unsupported(ClusterFacts source)
    {
        const string id = "unsupported-content";
        // The server refuses to read a capped collection at a given time before 8.0 (S8).
        var capped = source.Namespaces.Where(n => n.IsCapped && source.Version.Major < 8).Select(n => n.Name).ToList();
        return capped.Count == 0
            ? Finding.Passed(id, "Every collection is of a kind that is migrated.")
            : Finding.Warning(
                id,
                $"Capped collections cannot be read at a given time before MongoDB 8.0, and the source runs {source.Version}: {List(capped)}.",
                "They are copied and compared in passing, and copied anew from their beginning whenever that is interrupted: this takes longest where they are large and written to quickly."
            );
    }

    private static Finding Clock(ClusterFacts cluster, string side) =>
        cluster.ClockSkew.Duration() > TimeSpan.FromMinutes(1)
            ? Finding.Warning(
                $"clock-{side}",
                FormattableString.Invariant(
                    $"The {side}'s clock differs from this host's by {cluster.ClockSkew.TotalSeconds:F0} s."
                ),
                "Nothing depends on it, but times shown to people will disagree: check NTP on both."
            )
            : Finding.Passed($"clock-{side}", $"The {side}'s clock agrees with this host's.");

    private static Finding Majority(ClusterFacts cluster, string side)
    {
        var id = $"majority-{side}";
        if (!cluster.IsMajorityReachable)
        {
            return Finding.Failed(
                id,
                $"A majority of the {side}'s members is not reachable, so no majority write or read can finish.",
                "Bring the missing members back, or reconfigure the replica set without them."
            );
        }

        return cluster.Arbiters > 0 && cluster.DataBearingMembers <= 2
            ? Finding.Warning(
                id,
                $"The {side} has an arbiter and only {cluster.DataBearingMembers.ToString(CultureInfo.InvariantCulture)} members with data: if one fails, majority reads and writes stop.",
                "Migrate while both members with data are healthy, or replace the arbiter by a member."
            )
            : Finding.Passed(id, $"A majority of the {side} is reachable.");
    }

    private static Finding IndexBuilds(ClusterFacts cluster, string side) =>
        cluster.RunningIndexBuilds.Count == 0
            ? Finding.Passed($"index-builds-{side}", $"No index is being built on the {side}.")
            : Finding.Warning(
                $"index-builds-{side}",
                $"Indexes are being built on the {side}: {List(cluster.RunningIndexBuilds)}.",
                "They are carried over when they finish. A write block at cutover aborts what is still being built."
            );

    internal static string List(IReadOnlyList<Namespace> names)
    {
        const int shown = 10;
        var text = string.Join(", ", names.Take(shown));
        var more = names.Count - shown;
        return more > 0 ? $"{text} and {more.ToString(CultureInfo.InvariantCulture)} more" : text;
    }
}

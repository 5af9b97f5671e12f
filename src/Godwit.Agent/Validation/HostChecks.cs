using Godwit.Agent.Identity;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;

namespace Godwit.Agent.Validation;

/// <summary>The checks of a pair of clusters as a migration host makes them: preflight's, judged as the Hub's migrations need it.</summary>
internal sealed class HostChecks(AgentFolder folder, HostKeys keys, HubLink link, HostRules rules, TimeProvider time)
{
    /// <summary>A Hub's migration leaves the destination's other collections alone, and so does not block it.</summary>
    private const string BlockThere = "write-block-destination";

    /// <summary>A validation's user only reads: what the migration's may do is looked at when it is there (P7).</summary>
    private const string RoleThere = "privileges-destination";

    /// <summary>What was found.</summary>
    /// <param name="Findings">Every check.</param>
    /// <param name="Source">The source.</param>
    /// <param name="Destination">The destination.</param>
    internal sealed record Outcome(IReadOnlyList<Finding> Findings, ClusterFacts Source, ClusterFacts Destination);

    /// <param name="source">Connection string of the source.</param>
    /// <param name="destination">Connection string of the destination.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="isStart">Whether a migration starts with it, whose user is there then.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="found">Told of what can be said of the cluster that answers first, while the other is still being looked at.</param>
    internal async Task<Outcome> RunAsync(
        string source,
        string destination,
        EngineRequest request,
        bool isStart,
        CancellationToken cancellationToken,
        Action<IReadOnlyList<Finding>>? found = null
    )
    {
        var options = request.ToPreflight();
        var sourceFacts = ClusterInspector.InspectAsync(
            source,
            time,
            cancellationToken,
            request.Sharding?.Entries.Select(entry => entry.Name).ToHashSet()
        );
        var destinationFacts = ClusterInspector.InspectAsync(destination, time, cancellationToken);
        var first = await Task.WhenAny(sourceFacts, destinationFacts).ConfigureAwait(false);
        found?.Invoke(
            Shown(PreflightChecks.RunOne(await first.ConfigureAwait(false), first == sourceFacts, options), isStart)
        );
        var (here, there) = (await sourceFacts.ConfigureAwait(false), await destinationFacts.ConfigureAwait(false));
        return new(
            [.. Shown(PreflightChecks.Run(here, there, options), isStart), .. HoursCheck.Of(rules.Hours, here)],
            here,
            there
        );
    }

    private static IReadOnlyList<Finding> Shown(IEnumerable<Finding> findings, bool isStart) =>
        [.. findings.Where(one => one.Id != BlockThere && (isStart || one.Id != RoleThere))];

    internal EngineRequest Read(ValidationOrder order) =>
        Read(order.BlocksSource, order.AcceptsVersion, order.Sharding, order.Options, order.Id);

    internal EngineRequest Read(MigrationOrder order) =>
        Read(order.BlocksSource, order.AcceptsVersion, order.Sharding, order.Options, order.Id) with
        {
            TurnsRound = order.TurnsRound,
        };

    private EngineRequest Read(
        bool blocksSource,
        bool acceptsVersion,
        string? sharding,
        EngineOptions? options,
        string id
    )
    {
        var asked = EngineRequest.Read(
            blocksSource,
            acceptsVersion,
            sharding,
            options,
            text => SealedText.Open(text, keys.Sealing, EngineOptions.RulesPurpose(link.HostId, id))
        );
        return asked with { Limits = rules.Bound(asked.Limits), AskedLimits = asked.Limits };
    }

    /// <summary>Opens the destination's connection string; the authority that came with it is put into a file of this host.</summary>
    /// <exception cref="AgentException">This host may not migrate there.</exception>
    internal string OpenDestination(string text, string? authority, string id)
    {
        var address = SealedText.Open(text, keys.Sealing, DestinationAccess.Purpose(link.HostId, id));
        rules.RequireDestination(address);
        return authority is null
            ? address
            : ConnectionText.WithOption(address, "tlsCAFile", Uri.EscapeDataString(folder.KeepAuthority(authority)));
    }

    internal static ReportedCheck Describe(Finding finding, FindingState? state = null) =>
        new(
            finding.Id,
            (state ?? finding.State) switch
            {
                FindingState.Passed => "PASSED",
                FindingState.Warning => "WARNING",
                FindingState.Failed => "FAILED",
            },
            SecretText.OfText(finding.Message),
            finding.Remedy
        );
}

using Godwit.Contracts.Agents;
using Godwit.Engine;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo;
using Godwit.Engine.Mongo.Administration;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Preflight;
using MongoDB.Driver;
using Notices = Godwit.Engine.Reporting.Notices;

namespace Godwit.Agent.Validation;

/// <summary>
/// Clears a destination, where a person has asked for that (P2): listed by the validation, dropped at the start if nothing has changed since.
/// </summary>
internal static class Clearing
{
    /// <summary>The check of what is on both sides.</summary>
    internal const string ExistingData = "existing-data";

    internal static async Task<IReadOnlyList<CollectionToClear>> ListAsync(
        string destination,
        CancellationToken cancellationToken
    ) =>
        [
            .. (await DestinationClearing.ListAsync(destination, cancellationToken).ConfigureAwait(false)).Select(
                one => new CollectionToClear(one.Name, one.Kind, one.Uuid, one.Documents)
            ),
        ];

    private const string InUse = "DESTINATION_IN_USE";

    /// <summary>What stands against beginning where an earlier migration has ended: going on with that is not what was asked for.</summary>
    internal static ReportedFailure? FindEnded(ClusterFacts destination) =>
        destination.Migrations.FirstOrDefault(one => one.IsFinished) switch
        {
            null => null,
            { IsRehearsal: true } => new(
                InUse,
                "A rehearsal to this destination has ended: it holds what was copied then.",
                "Clear the destination's data with this migration, or choose another destination."
            ),
            _ => new(
                InUse,
                "A migration to this destination was cut over before.",
                "Choose another destination, or drop its collections yourself, godwit_reserved included."
            ),
        };

    /// <summary>A finding as it counts when all that the destination holds is dropped.</summary>
    internal static ReportedCheck Judge(Finding finding, IReadOnlyList<CollectionToClear> toClear, bool isAll) =>
        finding.Id != ExistingData ? HostChecks.Describe(finding)
        : toClear.Count == 0 ? new(ExistingData, "PASSED", "The destination is empty: nothing has to be dropped.", "")
        : new(
            ExistingData,
            "WARNING",
            $"The start drops on the destination: {string.Join(", ", toClear.Select(one => one.Name))}.{(isAll ? "" : " What else it holds stays; a collection that both sides have stops the start.")}",
            "If any of it is still needed, keep a copy first, or leave the clearing out."
        );

    /// <summary>Names that were to be dropped and that the destination does not have.</summary>
    internal static IEnumerable<ReportedCheck> Missing(IReadOnlyList<string> unknown) =>
        unknown.Count == 0
            ? []
            :
            [
                new(
                    "clear-namespaces",
                    "FAILED",
                    $"The destination has no {string.Join(", no ", unknown)}, which the start is to drop.",
                    "Correct the names, or leave them out, then validate again."
                ),
            ];

    /// <summary>Drops what was listed, and forgets an earlier migration that has not ended.</summary>
    /// <returns>What stands against it; <see langword="null"/> once it is done.</returns>
    internal static async Task<ReportedFailure?> RunAsync(
        IReadOnlyList<CollectionToClear> toClear,
        HostChecks.Outcome found,
        string source,
        string destination,
        TimeProvider time,
        bool isAll,
        CancellationToken cancellationToken
    )
    {
        if (found.Destination.Migrations.Any(one => one is { IsFinished: true, IsRehearsal: false }))
        {
            return new(
                InUse,
                "A migration to this destination was cut over: what it holds is the truth of somebody's applications.",
                "Choose another destination, or drop its collections yourself, godwit_reserved included."
            );
        }

        var listed = toClear.Select(one => new ClearedCollection(one.Name, one.Kind, one.Uuid, one.Documents)).ToList();
        try
        {
            var difference = await DestinationClearing
                .FindDifferenceAsync(destination, listed, cancellationToken, isAll)
                .ConfigureAwait(false);
            if (difference is not null)
            {
                return new(
                    "DESTINATION_CHANGED",
                    $"The destination has changed since the validation, so nothing was dropped: {difference}.",
                    "Find out who writes there, then validate again and create the migration anew."
                );
            }

            await ForgetAsync(source, destination, time, cancellationToken).ConfigureAwait(false);
            await DestinationClearing.DropAsync(destination, listed, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception refused) when (refused is MongoException or TimeoutException or ClusterException)
        {
            return new(
                "DESTINATION_NOT_CLEARED",
                SecretText.OfText(refused.Message),
                "Restart goes on without clearing."
            );
        }
    }

    private static async Task ForgetAsync(
        string sourceAddress,
        string destinationAddress,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var source = new MongoSource(MongoAddress.Parse(sourceAddress), time);
        var destination = new MongoDestination(MongoAddress.Parse(destinationAddress), time);
        await using (source.ConfigureAwait(false))
        await using (destination.ConfigureAwait(false))
        {
            _ = await Migration
                .CancelAsync(source, destination, new Notices(), time, cancellationToken)
                .ConfigureAwait(false);
        }
    }
}

using Godwit.Agent.Validation;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Verifying;

namespace Godwit.Agent.Migrations;

/// <summary>What is done for a migration that has ended: another comparison, the source's write block lifted (P13).</summary>
internal static class FollowUpWork
{
    /// <summary>Differences that are named; the rest is counted.</summary>
    private const int NamedMax = 100;

    private static readonly TimeSpan UnblockMax = TimeSpan.FromSeconds(30);

    /// <summary>Lets writes into the source again.</summary>
    internal static async Task UnblockAsync(string address, TimeProvider time, CancellationToken cancellationToken)
    {
        var source = new MongoSource(MongoAddress.Parse(address), time);
        await using (source.ConfigureAwait(false))
        {
            await source.SetWriteBlockAsync(false, UnblockMax, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What a cluster has refused for good; <see langword="null"/> for what passes.</summary>
    internal static ReportedFailure? Refused(ClusterException fault, MigrationGoal goal) =>
        fault.Kind is not (FaultKind.BadRequest or FaultKind.Bug) ? null
        : goal == MigrationGoal.UnblockSource
            ? new(
                "SOURCE_NOT_UNBLOCKED",
                SecretText.OfText(fault.Message),
                "On the source, as somebody who may: db.adminCommand({ setUserWriteBlockMode: 1, global: false })"
            )
        : new(
            "NOT_COMPARED",
            SecretText.OfText(fault.Message),
            "Grant the user on the source what the validation names, then ask again."
        );

    /// <summary>Why users and roles could not be read.</summary>
    internal static ReportedFailure Unread(Exception fault) =>
        new(
            "USERS_NOT_READ",
            SecretText.OfText(fault.Message),
            "Grant the host's user on the source the role userAdminAnyDatabase, then ask again; or: godwit copy-users"
        );

    /// <summary>Reads both sides from end to end.</summary>
    /// <returns>What was found, as JSON.</returns>
    internal static async Task<string> CompareAsync(
        string sourceAddress,
        string destinationAddress,
        EngineRequest request,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var source = new MongoSource(MongoAddress.Parse(sourceAddress), time);
        var destination = new MongoDestination(MongoAddress.Parse(destinationAddress), time);
        await using (source.ConfigureAwait(false))
        await using (destination.ConfigureAwait(false))
        {
            var comparison = new Comparison(
                request.Scope.Documents.Apply(source),
                request.Scope.Rename(destination),
                request.Scope,
                ignoreExisting: true,
                time
            );
            return Describe(await comparison.RunAsync(null, _ => { }, cancellationToken).ConfigureAwait(false));
        }
    }

    private static string Describe(ComparisonOutcome outcome) =>
        ApiJson.Write(
            new
            {
                Identical = outcome.IsIdentical,
                Collections = outcome.Collections.Count,
                Documents = outcome.Collections.Sum(one => one.Documents),
                Bytes = outcome.Collections.Sum(one => one.Bytes),
                Different = outcome.Collections.Where(one => !one.IsIdentical).Take(NamedMax).Select(one => one.Name),
                DifferencesFound = outcome.Differences.Count,
                Differences = outcome.Differences.Take(NamedMax),
            }
        );
}

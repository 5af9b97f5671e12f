using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Reading;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo;

/// <summary>
/// Finds internal facilities by trying them in a way that changes nothing. What is named as missing is not tried, so that the
/// fallbacks can be exercised on any server.
/// </summary>
internal sealed class CapabilityProbe(CommandChannel channel, IReadOnlySet<string> pretendedMissing)
{
    private const int UnknownField = 40415;
    private const int MissingField = 40414;

    internal static readonly ClusterCapabilities None = new(false, false, false, false, false, false);

    internal async Task<ClusterCapabilities> RunAsync(Version version, CancellationToken cancellationToken) =>
        new(
            RawUpdateDescription: await TryStreamAsync("showRawUpdateDescription", cancellationToken)
                .ConfigureAwait(false),
            MigrationEvents: await TryStreamAsync("showMigrationEvents", cancellationToken).ConfigureAwait(false),
            SplitLargeEvents: await TrySplitAsync(cancellationToken).ConfigureAwait(false),
            BypassEmptyTimestampReplacement: await TryBypassAsync(cancellationToken).ConfigureAwait(false),
            SnapshotReadsOfCapped: IsSought("snapshotReadsOfCapped") && version >= PassingReads.AtTimeSince,
            UserWriteBlock: await TryWriteBlockAsync(cancellationToken).ConfigureAwait(false)
        )
        {
            SystemEvents = await TryStreamAsync("showSystemEvents", cancellationToken).ConfigureAwait(false),
            HashedKeys = await TryHashAsync(cancellationToken).ConfigureAwait(false),
        };

    private bool IsSought(string name) => !pretendedMissing.Contains(name);

    private async Task<bool> TryStreamAsync(string option, CancellationToken cancellationToken)
    {
        var options = new DocumentBuilder { { "allChangesForCluster", true }, { option, true } };
        RawValue[] pipeline = [new DocumentBuilder { { "$changeStream", options } }];
        return IsSought(option) && await TryPipelineAsync(pipeline, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> TrySplitAsync(CancellationToken cancellationToken)
    {
        RawValue[] pipeline =
        [
            new DocumentBuilder
            {
                {
                    "$changeStream",
                    new DocumentBuilder { { "allChangesForCluster", true } }
                },
            },
            new DocumentBuilder { { "$changeStreamSplitLargeEvent", new DocumentBuilder() } },
        ];
        return IsSought("$changeStreamSplitLargeEvent")
            && await TryPipelineAsync(pipeline, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> TryHashAsync(CancellationToken cancellationToken)
    {
        var part = new StreamPart(1, 2);
        RawValue[] pipeline =
        [
            new DocumentBuilder
            {
                {
                    "$changeStream",
                    new DocumentBuilder { { "allChangesForCluster", true } }
                },
            },
            new DocumentBuilder { { "$match", StreamFilter.Of(part) } },
        ];
        return IsSought("$toHashedIndexKey")
            && await TryPipelineAsync(pipeline, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> TryPipelineAsync(IReadOnlyList<RawValue> pipeline, CancellationToken cancellationToken)
    {
        var command = new DocumentBuilder
        {
            { "aggregate", 1 },
            { "pipeline", RawValue.Array(pipeline) },
            { "cursor", new DocumentBuilder() },
        };
        try
        {
            var reply = await channel
                .AskAsync(Stage.Changes, "admin", command, cancellationToken)
                .ConfigureAwait(false);
            var cursor = CursorId.Of(reply["cursor"].AsDocument);
            _ = await channel
                .AskAsync(Stage.Changes, cursor.Database, cursor.Kill(), cancellationToken)
                .ConfigureAwait(false);
            return true;
        }
        catch (ClusterException refused) when (refused.Kind == FaultKind.BadRequest)
        {
            return false;
        }
    }

    /// <summary>An insert of nothing is refused either way; the question is for which reason.</summary>
    private async Task<bool> TryBypassAsync(CancellationToken cancellationToken)
    {
        const string option = "bypassEmptyTsReplacement";
        return IsSought(option)
            && await TryRefusedAsync(
                    ReservedNames.Database,
                    new()
                    {
                        { "insert", "probe" },
                        { "documents", RawValue.Array([]) },
                        { option, true },
                    },
                    code => code != UnknownField,
                    cancellationToken
                )
                .ConfigureAwait(false);
    }

    /// <summary>
    /// Without its required field the command is refused by a server that knows it, whoever asks. The block must not stop the migration
    /// itself: its user has to be one that passes, which nobody does without authentication (S27).
    /// </summary>
    private async Task<bool> TryWriteBlockAsync(CancellationToken cancellationToken)
    {
        const string name = "setUserWriteBlockMode";
        return IsSought(name)
            && await TryRefusedAsync("admin", new() { { name, 1 } }, code => code == MissingField, cancellationToken)
                .ConfigureAwait(false)
            && await MayAsync([name, "bypassWriteBlockingMode"], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the user was granted all of these on the whole cluster.</summary>
    private async Task<bool> MayAsync(string[] actions, CancellationToken cancellationToken)
    {
        var command = new DocumentBuilder { { "connectionStatus", 1 }, { "showPrivileges", true } };
        var status = await channel.AskAsync(Stage.Connect, "admin", command, cancellationToken).ConfigureAwait(false);
        if (status["authInfo"].AsDocument["authenticatedUserPrivileges"] is not { IsMissing: false } privileges)
        {
            return false;
        }

        var granted = privileges
            .AsDocument.Values()
            .Select(privilege => privilege.AsDocument)
            .Where(privilege => IsClusterWide(privilege["resource"].AsDocument))
            .SelectMany(privilege => privilege["actions"].AsDocument.Values())
            .Select(action => action.AsString)
            .ToHashSet(StringComparer.Ordinal);
        return Array.TrueForAll(actions, granted.Contains);
    }

    private static bool IsClusterWide(RawDocument resource) =>
        resource["cluster"].IsTruthy() || resource["anyResource"].IsTruthy();

    private async Task<bool> TryRefusedAsync(
        string database,
        DocumentBuilder command,
        Func<int, bool> isKnown,
        CancellationToken cancellationToken
    )
    {
        try
        {
            _ = await channel.AskAsync(Stage.Connect, database, command, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ClusterException refused) when (refused.Kind is not (FaultKind.Transient or FaultKind.Bug))
        {
            return isKnown(refused.Code);
        }
    }
}

using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Sync.Api;

namespace Godwit.Sync.Running;

/// <summary>
/// What was asked of the service, kept on the destination before a request is answered, so that a process that was killed at any moment
/// and started anew knows where it stands.
/// </summary>
/// <param name="Body">The body of <c>start</c>.</param>
/// <param name="Request">The same, read.</param>
/// <param name="IsPaused">Whether it is to stand still.</param>
/// <param name="Turns">
/// How often it was reversed: every second time the request is meant the other way round. Of records on both clusters the one with more
/// turns holds.
/// </param>
/// <param name="IsReversing">Whether it is committed and was asked to turn round once more.</param>
internal sealed record SyncRecord(
    string Body,
    StartRequest Request,
    bool IsPaused,
    int Turns = 0,
    bool IsReversing = false
)
{
    private const string Collection = "sync";
    private const string Id = "sync";

    /// <summary>The record of the way back, to be kept on the other cluster.</summary>
    internal SyncRecord Turned() =>
        this with
        {
            Request = Request.Turned(),
            IsPaused = false,
            Turns = Turns + 1,
            IsReversing = false,
        };

    /// <summary>The record that holds, and where it stands; <see langword="null"/> if nothing was started.</summary>
    internal static async Task<(ClusterLabel At, SyncRecord Record)?> FindAsync(
        IReadOnlyDictionary<ClusterLabel, IDestinationCluster> clusters,
        RetryPolicy retry,
        CancellationToken cancellationToken
    )
    {
        (ClusterLabel At, SyncRecord Record)? newest = null;
        foreach (var (label, cluster) in clusters)
        {
            if (
                await ReadAsync(cluster, retry, cancellationToken) is { } one
                && (newest is null || one.Turns > newest.Value.Record.Turns)
            )
            {
                newest = (label, one);
            }
        }

        return newest;
    }

    /// <summary>What stands in a destination's reserved database; <see langword="null"/> if nothing was started.</summary>
    internal static async Task<SyncRecord?> ReadAsync(
        IDestinationCluster destination,
        RetryPolicy retry,
        CancellationToken cancellationToken
    )
    {
        var documents = await retry.RunAsync(
            token => destination.ReadReservedAsync(Collection, token),
            cancellationToken
        );
        var found = documents.FirstOrDefault(one => one["_id"].AsString == Id);
        if (found.IsEmpty)
        {
            return null;
        }

        var request = StartRequest.Parse(found["body"].AsString);
        var turns = found.TryGet("turns", out var counted) ? counted.AsInt32 : 0;
        return new(
            found["body"].AsString,
            turns % 2 == 0 ? request : request.Turned(),
            found["paused"].AsBoolean,
            turns,
            found["reversing"].IsTruthy()
        );
    }

    /// <summary>Saves it, with majority.</summary>
    internal Task SaveAsync(IDestinationCluster destination, RetryPolicy retry, CancellationToken cancellationToken)
    {
        var fields = new DocumentBuilder
        {
            { "body", Body },
            { "paused", IsPaused },
            { "turns", Turns },
            { "reversing", IsReversing },
        };
        var statement = new DocumentBuilder
        {
            {
                "q",
                new DocumentBuilder { { "_id", Id } }
            },
            {
                "u",
                new DocumentBuilder { { "$set", fields } }
            },
            { "upsert", true },
        }.Build();
        return retry.RunAsync(token => destination.SwapReservedAsync(Collection, statement, token), cancellationToken);
    }
}

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
internal sealed record SyncRecord(string Body, StartRequest Request, bool IsPaused)
{
    private const string Collection = "sync";
    private const string Id = "sync";

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
        return found.IsEmpty
            ? null
            : new(found["body"].AsString, StartRequest.Parse(found["body"].AsString), found["paused"].AsBoolean);
    }

    /// <summary>Saves it, with majority.</summary>
    internal Task SaveAsync(IDestinationCluster destination, RetryPolicy retry, CancellationToken cancellationToken)
    {
        var fields = new DocumentBuilder { { "body", Body }, { "paused", IsPaused } };
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

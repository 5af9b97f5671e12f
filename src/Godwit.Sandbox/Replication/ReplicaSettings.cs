using Godwit.Bson;

namespace Godwit.Sandbox.Replication;

/// <summary>The <c>settings</c> of a set's configuration. The values here are MongoDB's defaults.</summary>
internal sealed record ReplicaSettings
{
    /// <summary>What a Sandbox begins with: quicker than MongoDB, since all members are near each other.</summary>
    internal static readonly ReplicaSettings Quick = new()
    {
        HeartbeatMilliseconds = 100,
        ElectionTimeoutMilliseconds = 2000,
    };

    /// <summary>Whether secondaries may follow secondaries; here they follow the primary always.</summary>
    internal bool IsChainingAllowed { get; init; } = true;

    /// <summary>Milliseconds between two heartbeats.</summary>
    internal long HeartbeatMilliseconds { get; init; } = 2000;

    /// <summary>Seconds after which an unanswered heartbeat has failed; here one fails at once or never.</summary>
    internal long HeartbeatTimeoutSeconds { get; init; } = 10;

    /// <summary>
    /// Without a primary for so many milliseconds, a member stands for election; a primary without a majority for so long steps down.
    /// </summary>
    internal long ElectionTimeoutMilliseconds { get; init; } = 10_000;

    /// <summary>How many milliseconds a new primary may take to fetch what others have; −1 for as many as it takes.</summary>
    internal long CatchUpTimeoutMilliseconds { get; init; } = -1;

    /// <summary>When a member that is ahead of the primary takes over; a new primary catches up at once here.</summary>
    internal long CatchUpTakeoverMilliseconds { get; init; } = 30_000;

    /// <summary>Named write concerns: of which tags how many different values must have a write.</summary>
    internal RawDocument Modes { get; init; } = RawDocument.Empty;

    /// <summary><see cref="HeartbeatMilliseconds"/>.</summary>
    internal TimeSpan Heartbeat => TimeSpan.FromMilliseconds(HeartbeatMilliseconds);

    /// <summary><see cref="ElectionTimeoutMilliseconds"/>.</summary>
    internal TimeSpan ElectionTimeout => TimeSpan.FromMilliseconds(ElectionTimeoutMilliseconds);

    /// <summary>Their part of <c>replSetGetConfig</c>.</summary>
    internal DocumentBuilder ToDocument(RawValue replicaSetId) =>
        new()
        {
            { "chainingAllowed", IsChainingAllowed },
            { "heartbeatIntervalMillis", Small(HeartbeatMilliseconds) },
            { "heartbeatTimeoutSecs", Small(HeartbeatTimeoutSeconds) },
            { "electionTimeoutMillis", Small(ElectionTimeoutMilliseconds) },
            { "catchUpTimeoutMillis", Small(CatchUpTimeoutMilliseconds) },
            { "catchUpTakeoverDelayMillis", Small(CatchUpTakeoverMilliseconds) },
            { "getLastErrorModes", Modes },
            {
                "getLastErrorDefaults",
                new DocumentBuilder { { "w", 1 }, { "wtimeout", 0 } }
            },
            { "replicaSetId", replicaSetId },
        };

    private static RawValue Small(long value) => RawValue.Narrow(value);
}

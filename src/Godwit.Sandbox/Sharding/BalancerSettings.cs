using System.Globalization;
using Godwit.Bson;
using Godwit.Sandbox.Sharding.Commands;

namespace Godwit.Sandbox.Sharding;

/// <summary>What <c>config.settings</c> says of the balancer (balancer_configuration.cpp).</summary>
/// <param name="IsOn">Whether it may move anything.</param>
/// <param name="Waits">Whether it waits until the old owner of a range has removed its documents.</param>
/// <param name="Window">The hours of the day in which it works, in UTC; <see langword="null"/> for all.</param>
internal sealed record BalancerSettings(bool IsOn, bool Waits, (TimeSpan Start, TimeSpan Stop)? Window)
{
    private const long Megabyte = 1024 * 1024;
    private const long ChunkMegabytes = 128;

    /// <summary>Reads them.</summary>
    internal static async ValueTask<BalancerSettings> ReadAsync(
        ShardedCluster cluster,
        CancellationToken cancellationToken
    )
    {
        var settings = await ClusterFacts
            .ReadAsync(cluster, ConfigNames.Settings, cancellationToken)
            .ConfigureAwait(false);
        var balancer = settings.Find(entry => entry["_id"] == "balancer");
        if (balancer.IsEmpty)
        {
            return new(IsOn: true, Waits: false, null);
        }

        var window =
            balancer["activeWindow"] is { Type: BsonType.Document } given
            && TimeOf(given.AsDocument["start"]) is { } start
            && TimeOf(given.AsDocument["stop"]) is { } stop
                ? (start, stop)
                : ((TimeSpan, TimeSpan)?)null;
        var isOff = balancer["stopped"].IsTruthy() || balancer["mode"] == "off";
        return new(!isOff, balancer["_waitForDelete"].IsTruthy(), window);
    }

    /// <summary>Whether it works at a time of the day; a window may go over midnight.</summary>
    internal bool IsActiveAt(TimeSpan time) =>
        Window is not { } window
        || (
            window.Start <= window.Stop
                ? time >= window.Start && time <= window.Stop
                : time >= window.Start || time <= window.Stop
        );

    /// <summary>How much a chunk of a collection may hold: its own setting, the cluster's, or 128 MiB.</summary>
    internal static async ValueTask<long> ChunkBytesAsync(
        ShardedCluster cluster,
        ShardedCollection collection,
        CancellationToken cancellationToken
    )
    {
        if (collection.Document["maxChunkSizeBytes"].ToInt64() is { } own and > 0)
        {
            return own;
        }

        var settings = await ClusterFacts
            .ReadAsync(cluster, ConfigNames.Settings, cancellationToken)
            .ConfigureAwait(false);
        var size = settings.Find(entry => entry["_id"] == "chunksize");
        return Megabyte * (size.IsEmpty ? ChunkMegabytes : size["value"].ToInt64() ?? ChunkMegabytes);
    }

    private static TimeSpan? TimeOf(RawValue text) =>
        text.Type == BsonType.String
        && TimeSpan.TryParseExact(text.AsString, @"h\:m", CultureInfo.InvariantCulture, out var time)
            ? time
            : null;
}

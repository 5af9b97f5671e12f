using Godwit.Bson;

namespace Godwit.Engine.Mongo.Connections;

/// <summary>
/// The newest signed <c>$clusterTime</c> any connection of a cluster has seen; every command carries it, so that no later write can
/// get a time at or before one that was acknowledged (S21).
/// </summary>
internal sealed class ClusterClock
{
    private readonly Lock gate = new();
    private RawDocument? newest;
    private ClusterTime newestTime;

    /// <summary>The document to send; missing while none was seen.</summary>
    internal RawValue Newest
    {
        get
        {
            lock (gate)
            {
                return newest is { } document ? RawValue.Document(document) : default;
            }
        }
    }

    internal void Observe(RawDocument reply)
    {
        if (reply["$clusterTime"u8] is not { Type: BsonType.Document } seen)
        {
            return;
        }

        var time = seen.AsDocument["clusterTime"u8].AsTimestamp;
        lock (gate)
        {
            if (time > newestTime)
            {
                newestTime = time;
                newest = new(seen.Bytes.ToArray());
            }
        }
    }
}

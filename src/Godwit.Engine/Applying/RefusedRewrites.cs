using Godwit.Engine.Planning;

namespace Godwit.Engine.Applying;

/// <summary>
/// Counts how often in a row documents of a lane that were just read again were refused: one that cannot be written so often will not be
/// writable the next time either.
/// </summary>
internal sealed class RefusedRewrites(TimeProvider time)
{
    private const int AttemptsMax = 12;
    private const int MadeWayAttemptsMax = 30;

    /// <summary>Twice as long as servers leave what a chunk has left behind, unless told otherwise.</summary>
    private static readonly TimeSpan PassingMax = TimeSpan.FromMinutes(30);

    private readonly Dictionary<KeyHash, int> failures = [];
    private readonly Dictionary<KeyHash, long> passingSince = [];

    /// <summary>Failures count only in a row: a document that was written begins anew.</summary>
    internal void Forget(List<LaneItem> items)
    {
        foreach (var item in failures.Count + passingSince.Count == 0 ? [] : items.Where(one => one.Ticket.IsRewrite))
        {
            _ = failures.Remove(item.Ticket.Key);
            _ = passingSince.Remove(item.Ticket.Key);
        }
    }

    /// <summary>
    /// Notes a refusal. What stood in the same command and was not refused does not count.
    /// </summary>
    /// <param name="items">What was refused.</param>
    /// <param name="isMadeWay">
    /// Whether because its unique value is taken: it is read again only when everything up to its read has been routed and has left the lanes.
    /// </param>
    /// <param name="mayPass">Whether because of what passes by itself.</param>
    /// <param name="refusal">What the destination said.</param>
    /// <exception cref="MigrationFailedException">One of them was refused too often.</exception>
    internal void Count(List<LaneItem> items, bool isMadeWay, bool mayPass, string refusal)
    {
        foreach (var item in items.Where(one => one.Ticket.IsRewrite))
        {
            if (mayPass && !HasStoodTooLong(item.Ticket.Key))
            {
                continue;
            }

            var count = failures[item.Ticket.Key] = failures.GetValueOrDefault(item.Ticket.Key) + 1;
            if (count >= (isMadeWay ? MadeWayAttemptsMax : AttemptsMax))
            {
                throw new MigrationFailedException(
                    "DocumentRefused",
                    $"The destination refuses the document with _id {item.Id} of {item.Collection.Source.Name}: {refusal}",
                    "Change or remove the document on the source, then run the migration again."
                );
            }
        }
    }

    /// <summary>The server deletes orphans by itself, a while after the chunk has moved; listings take far less.</summary>
    private bool HasStoodTooLong(KeyHash key)
    {
        if (!passingSince.TryGetValue(key, out var since))
        {
            passingSince[key] = since = time.GetTimestamp();
        }

        return time.GetElapsedTime(since) > PassingMax;
    }
}

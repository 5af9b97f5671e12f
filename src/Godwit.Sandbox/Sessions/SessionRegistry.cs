using System.Collections.Concurrent;

namespace Godwit.Sandbox.Sessions;

/// <summary>The logical sessions a member has seen, and when each was last used.</summary>
internal sealed class SessionRegistry(TimeProvider time)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(30);
    private readonly ConcurrentDictionary<LogicalSessionId, DateTimeOffset> lastUse = new();

    /// <summary>The sessions and their last use.</summary>
    internal IReadOnlyCollection<KeyValuePair<LogicalSessionId, DateTimeOffset>> Active => [.. lastUse];

    /// <summary>Notes that a session is in use.</summary>
    internal void Touch(LogicalSessionId id) => lastUse[id] = time.GetUtcNow();

    /// <summary>Forgets a session.</summary>
    internal void End(LogicalSessionId id) => lastUse.TryRemove(id, out _);

    /// <summary>Sessions nobody used for half an hour; they are forgotten.</summary>
    internal IReadOnlyList<LogicalSessionId> TakeExpired()
    {
        var oldest = time.GetUtcNow() - Timeout;
        var expired = lastUse.Where(entry => entry.Value < oldest).Select(entry => entry.Key).ToList();
        expired.ForEach(End);
        return expired;
    }
}

using Godwit.Hub.Hosting;

namespace Godwit.Hub.Links;

/// <summary>
/// Which life of an agent speaks for a host. One that comes back although another has spoken since means that two run with the same identity, as
/// after a folder was copied: neither gets an order until one of them is stopped (P10).
/// </summary>
internal sealed class HostInstances(HubOptions options, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Known> hosts = new(StringComparer.Ordinal);

    /// <summary>Notes who speaks.</summary>
    /// <returns>Whether two do.</returns>
    internal bool Note(string hostId, string instance)
    {
        lock (gate)
        {
            if (!hosts.TryGetValue(hostId, out var known))
            {
                hosts[hostId] = known = new(instance);
            }

            if (known.Current != instance)
            {
                if (!known.Former.Add(known.Current) | known.Former.Remove(instance))
                {
                    known.DoubledAt = time.GetUtcNow();
                }

                known.Current = instance;
            }

            return IsRecent(known);
        }
    }

    /// <summary>Whether two have spoken for a host of late.</summary>
    internal bool IsDoubled(string hostId)
    {
        lock (gate)
        {
            return hosts.TryGetValue(hostId, out var known) && IsRecent(known);
        }
    }

    private bool IsRecent(Known known) => known.DoubledAt is { } at && time.GetUtcNow() - at <= options.SilenceMax;

    private sealed class Known(string current)
    {
        internal string Current { get; set; } = current;

        internal HashSet<string> Former { get; } = new(StringComparer.Ordinal);

        internal DateTimeOffset? DoubledAt { get; set; }
    }
}

using System.Collections.Concurrent;

namespace Godwit.Cluster.Leading;

/// <summary>The migrations that this process is willing to lead; all others it only works for.</summary>
internal sealed class LeadSeats
{
    private readonly ConcurrentDictionary<string, LeadSeat> seats = new(StringComparer.Ordinal);

    /// <summary>Is willing to lead a migration from now on.</summary>
    internal LeadSeat Open(string migration, Func<Lead> make) => seats[migration] = new(make);

    /// <summary>Is not willing any more, and leads it no more.</summary>
    internal void Close(string migration)
    {
        if (seats.TryRemove(migration, out var seat))
        {
            seat.Lose();
        }
    }

    /// <summary>This process comes to lead a migration.</summary>
    /// <exception cref="InvalidOperationException">It is not willing to: another host has to.</exception>
    internal Lead Take(string migration) =>
        seats.TryGetValue(migration, out var seat)
            ? seat.Take()
            : throw new InvalidOperationException("this host does not lead that migration");
}

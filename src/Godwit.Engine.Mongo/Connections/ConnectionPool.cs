using System.Collections.Concurrent;
using Godwit.Wire.Client;

namespace Godwit.Engine.Mongo.Connections;

/// <summary>
/// Keeps idle connections to the primary. Whoever rents one has it alone and gives it back, broken or not. One whose server is not the
/// primary any more is broken while it is in use: a server that was frozen or cut off without a word would be waited for for ever.
/// </summary>
internal sealed class ConnectionPool : IAsyncDisposable
{
    private const int IdleMax = 64;
    private readonly ConcurrentBag<WireConnection> idle = [];
    private readonly ConcurrentDictionary<WireConnection, bool> rented = [];
    private readonly ConnectionSettings settings;
    private readonly PrimaryFinder primary;
    private volatile bool isDisposed;

    internal ConnectionPool(ConnectionSettings settings, PrimaryFinder primary)
    {
        this.settings = settings;
        this.primary = primary;
        primary.Changed += BreakDeposed;
    }

    /// <summary>Whether its connections lead to routers of a sharded cluster.</summary>
    internal bool IsRouted => primary.IsRouted;

    internal async Task<WireConnection> RentAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var address = await primary.FindAsync(cancellationToken).ConfigureAwait(false);
        while (idle.TryTake(out var connection))
        {
            if (!connection.IsBroken && connection.Address == address)
            {
                return Lend(connection);
            }

            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return Lend(await WireConnection.OpenAsync(address, settings, cancellationToken).ConfigureAwait(false));
    }

    internal ValueTask ReturnAsync(WireConnection connection)
    {
        _ = rented.TryRemove(connection, out _);
        if (connection.IsBroken || isDisposed || idle.Count >= IdleMax)
        {
            return connection.DisposeAsync();
        }

        idle.Add(connection);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        isDisposed = true;
        primary.Changed -= BreakDeposed;
        while (idle.TryTake(out var connection))
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private WireConnection Lend(WireConnection connection)
    {
        _ = rented.TryAdd(connection, true);
        BreakIfDeposed(connection);
        return connection;
    }

    private void BreakDeposed()
    {
        foreach (var (connection, _) in rented)
        {
            BreakIfDeposed(connection);
        }
    }

    private void BreakIfDeposed(WireConnection connection)
    {
        if (primary.IsReplaced(connection.Address))
        {
            connection.Break(new IOException("another member is primary now"));
        }
    }
}

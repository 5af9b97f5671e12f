using System.Collections.Concurrent;
using Godwit.Wire.Client;

namespace Godwit.Engine.Mongo.Connections;

/// <summary>Keeps idle connections to the primary. Whoever rents one has it alone and gives it back, broken or not.</summary>
internal sealed class ConnectionPool(ConnectionSettings settings, PrimaryFinder primary) : IAsyncDisposable
{
    private const int IdleMax = 64;
    private readonly ConcurrentBag<WireConnection> idle = [];
    private volatile bool isDisposed;

    internal async Task<WireConnection> RentAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var address = await primary.FindAsync(cancellationToken).ConfigureAwait(false);
        while (idle.TryTake(out var connection))
        {
            if (!connection.IsBroken && connection.Address == address)
            {
                return connection;
            }

            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return await WireConnection.OpenAsync(address, settings, cancellationToken).ConfigureAwait(false);
    }

    internal ValueTask ReturnAsync(WireConnection connection)
    {
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
        while (idle.TryTake(out var connection))
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}

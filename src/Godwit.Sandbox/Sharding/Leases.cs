using System.Collections.Concurrent;
using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>The gates of databases and collections. A request that touches a collection shares its gate and that of its database.</summary>
internal sealed class Leases
{
    private readonly ConcurrentDictionary<Namespace, SharedGate> gates = new();

    /// <summary>Keeps a collection where it is, for one request or transaction.</summary>
    internal async ValueTask<IDisposable> ShareAsync(Namespace ns, CancellationToken cancellationToken)
    {
        var database = await Gate(ns.Database).ShareAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return new Both(database, await Gate(ns).ShareAsync(cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Keeps every other request off a collection.</summary>
    internal async ValueTask<IDisposable> OwnAsync(Namespace ns, CancellationToken cancellationToken)
    {
        var database = await Gate(ns.Database).ShareAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return new Both(database, await Gate(ns).OwnAsync(cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Keeps every other request off a database.</summary>
    internal ValueTask<IDisposable> OwnAsync(string database, CancellationToken cancellationToken) =>
        Gate(database).OwnAsync(cancellationToken);

    private SharedGate Gate(string database) => Gate(new Namespace(database, ""));

    private SharedGate Gate(Namespace ns) => gates.GetOrAdd(ns, _ => new());

    private sealed class Both(IDisposable outer, IDisposable inner) : IDisposable
    {
        public void Dispose()
        {
            inner.Dispose();
            outer.Dispose();
        }
    }
}

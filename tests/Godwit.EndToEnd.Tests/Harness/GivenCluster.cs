using System.Collections.Concurrent;
using MongoDB.Driver;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>A cluster that runs already, for one test at a time; emptied of what a test before has left.</summary>
internal sealed class GivenCluster : TestCluster
{
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Turns = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim turn;

    private GivenCluster(string connectionString, SemaphoreSlim turn)
        : base(connectionString) => this.turn = turn;

    public static async Task<TestCluster> OpenAsync(string connectionString, CancellationToken cancellation)
    {
        var turn = Turns.GetOrAdd(connectionString, _ => new(1));
        await turn.WaitAsync(cancellation);
        var cluster = new GivenCluster(connectionString, turn);
        try
        {
            await cluster.EmptyAsync(cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _ = turn.Release();
    }

    private async Task EmptyAsync(CancellationToken cancellation)
    {
        foreach (var name in await (await Client.ListDatabaseNamesAsync(cancellation)).ToListAsync(cancellation))
        {
            if (name is not ("admin" or "local" or "config"))
            {
                await Client.DropDatabaseAsync(name, cancellation);
            }
        }
    }
}

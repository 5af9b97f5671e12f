using MongoDB.Driver;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>A cluster that runs already; emptied of what a test before has left.</summary>
internal sealed class GivenCluster : TestCluster
{
    private GivenCluster(string connectionString)
        : base(connectionString) { }

    public override bool IsSandbox => false;

    public static async Task<TestCluster> OpenAsync(string connectionString, CancellationToken cancellation)
    {
        var cluster = new GivenCluster(connectionString);
        foreach (
            var name in await (await cluster.Client.ListDatabaseNamesAsync(cancellation)).ToListAsync(cancellation)
        )
        {
            if (name is not ("admin" or "local" or "config"))
            {
                await cluster.Client.DropDatabaseAsync(name, cancellation);
            }
        }

        return cluster;
    }
}

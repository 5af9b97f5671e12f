namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>A replica set of three mongods started from the binary that GODWIT_TEST_MONGOD names.</summary>
internal sealed class MongodCluster : TestCluster
{
    private readonly MongodReplicaSet set;

    private MongodCluster(MongodReplicaSet set)
        : base(set.ConnectionString) => this.set = set;

    public override bool IsSandbox => false;

    public static async Task<TestCluster> StartAsync(string binary, CancellationToken cancellation) =>
        new MongodCluster(
            await MongodReplicaSet.StartAsync(binary, 3, $"rs{Guid.NewGuid().ToString()[..6]}", cancellation)
        );

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await set.DisposeAsync();
    }
}

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>A replica set of three mongods started from the binary that GODWIT_TEST_MONGOD names.</summary>
internal sealed class MongodCluster : TestCluster
{
    private readonly MongodReplicaSet set;

    private MongodCluster(MongodReplicaSet set)
        : base(set.ConnectionString) => this.set = set;

    public static async Task<TestCluster> StartAsync(string binary, CancellationToken cancellation) =>
        new MongodCluster(
            await MongodReplicaSet.StartAsync(binary, 3, $"rs{Guid.NewGuid().ToString()[..6]}", cancellation)
        );

    protected override async Task<IAsyncDisposable> BeginFaultAsync(
        MemberFault fault,
        IReadOnlyList<string> members,
        int victim,
        CancellationToken cancellation
    )
    {
        switch (fault)
        {
            case MemberFault.Killed:
                await set.KillAsync(victim);
                return new Undo(() =>
                {
                    set.Restart(victim);
                    return UntilItAnswersAsync(members[victim], cancellation);
                });
            case MemberFault.Stalled:
                await set.SignalAsync(victim, "STOP");
                return new Undo(() => set.SignalAsync(victim, "CONT"));
            default:
                return await base.BeginFaultAsync(fault, members, victim, cancellation);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await set.DisposeAsync();
    }
}

using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>A Sandbox in a process of its own, all members in it.</summary>
internal sealed class SandboxCluster : TestCluster
{
    /// <summary>How long clients are cut off: longer than one command takes, shorter than anybody gives up.</summary>
    private const int CutMilliseconds = 5000;

    private readonly RunningProgram? program;

    private SandboxCluster(string connectionString, RunningProgram? program)
        : base(connectionString) => this.program = program;

    public static async Task<TestCluster> StartAsync(CancellationToken cancellation, params string[] options)
    {
        var program = GodwitProgram.Start(["sandbox", "--port", "0", .. options]);
        try
        {
            var line = await program.LineAsync(l => l.Contains("mongodb://"), TimeSpan.FromSeconds(60), cancellation);
            return new SandboxCluster(
                line[line.IndexOf("mongodb://", StringComparison.Ordinal)..].Split(' ')[0],
                program
            );
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>One replica set of a Sandbox that somebody else has started.</summary>
    public static TestCluster OfSet(string connectionString) => new SandboxCluster(connectionString, null);

    /// <summary>Another member is told of it, since the one that it befalls may not answer any more.</summary>
    protected override async Task<IAsyncDisposable> BeginFaultAsync(
        MemberFault fault,
        IReadOnlyList<string> members,
        int victim,
        CancellationToken cancellation
    )
    {
        var other = MemberUrl(members[(victim + 1) % members.Count]);
        var failPoint = new BsonDocument
        {
            {
                "configureFailPoint",
                fault switch
                {
                    MemberFault.Killed => "sandboxKill",
                    MemberFault.Stalled => "sandboxStall",
                    MemberFault.CutFromClients => "sandboxCutFromClients",
                    _ => "sandboxPartition",
                }
            },
            { "mode", "alwaysOn" },
            { "data", new BsonDocument("member", victim) },
        };
        if (fault == MemberFault.CutFromClients)
        {
            failPoint["data"].AsBsonDocument.Add("forMS", CutMilliseconds);
        }

        using var client = new MongoClient(other);
        var admin = client.GetDatabase("admin");
        await admin.RunCommandAsync<BsonDocument>(failPoint, cancellationToken: cancellation);
        return new Undo(async () =>
        {
            using var later = new MongoClient(other);
            _ = failPoint.Set("mode", "off");
            await later.GetDatabase("admin").RunCommandAsync<BsonDocument>(failPoint);
            await UntilItAnswersAsync(members[victim], cancellation);
        });
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (program is not null)
        {
            await program.DisposeAsync();
        }
    }
}

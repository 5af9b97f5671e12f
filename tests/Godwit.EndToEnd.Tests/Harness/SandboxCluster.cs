namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>A Sandbox in a process of its own, all members in it.</summary>
internal sealed class SandboxCluster : TestCluster
{
    private readonly RunningProgram program;

    private SandboxCluster(string connectionString, RunningProgram program)
        : base(connectionString) => this.program = program;

    public override bool IsSandbox => true;

    public RunningProgram Program => program;

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

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await program.DisposeAsync();
    }
}

using Godwit.Testing;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>A Sandbox whose data folder can be copied, and put back later: what restoring an older backup does.</summary>
internal sealed class RestorableSource : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-restore-").FullName;

    private RestorableSource() { }

    /// <summary>The Sandbox as it runs now.</summary>
    public TestCluster Cluster { get; private set; } = null!;

    private string Data => Path.Combine(folder, "data");

    private string Copy => Path.Combine(folder, "copy");

    public static async Task<RestorableSource> StartAsync()
    {
        var source = new RestorableSource();
        await source.StartClusterAsync();
        return source;
    }

    /// <summary>Takes the copy.</summary>
    public async Task CopyAsync()
    {
        await Cluster.DisposeAsync();
        FolderCopy.Make(Data, Copy);
        await StartClusterAsync();
    }

    /// <summary>Goes back to it.</summary>
    public async Task RestoreAsync()
    {
        await Cluster.DisposeAsync();
        Directory.Delete(Data, recursive: true);
        FolderCopy.Make(Copy, Data);
        await StartClusterAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task StartClusterAsync() =>
        Cluster = await TestCluster.StartSandboxAsync(
            "a source whose data folder is replaced",
            ["--replica-set", "1", "--data-dir", Data]
        );
}

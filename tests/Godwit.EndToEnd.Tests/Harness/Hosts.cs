using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>Hosts that share one migration, each a process of its own that copies one range at a time.</summary>
internal sealed class Hosts(Rig rig, string cluster) : IAsyncDisposable
{
    private readonly List<Migration> alive = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts one that the others reach by a link that may be cut.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="link">The link.</param>
    /// <param name="port">Where the link leads.</param>
    public Migration StartBehind(string name, CutLink link, int port) =>
        StartAt($"127.0.0.1:{link.Port}", name, ["--host-listen", $"127.0.0.1:{port}"]);

    public Migration Start(string name, params string[] options) => StartAt("127.0.0.1", name, options);

    private Migration StartAt(string address, string name, string[] options)
    {
        var host = rig.Migrate([
            "--cluster",
            cluster,
            "--host-name",
            name,
            "--host-address",
            address,
            "--host-ranges",
            "1",
            .. options,
        ]);
        host.Start();
        alive.Add(host);
        return host;
    }

    /// <summary>Waits until one of them leads.</summary>
    /// <param name="not">One that led, and is not meant.</param>
    public async Task<Migration> LeaderAsync(Migration? not = null)
    {
        Migration? leader = null;
        await Condition.UntilAsync(
            () => Task.FromResult((leader = alive.Find(host => host != not && IsLeader(host))) is not null),
            () => $"nobody leads:\n{string.Join('\n', alive.Select(host => host.Program.Describe()))}",
            Rig.Patience,
            Cancellation
        );
        return leader!;
    }

    /// <summary>Waits until one of them has ended, and takes it out.</summary>
    public async Task<Migration> EndedAsync()
    {
        Migration? ended = null;
        await Condition.UntilAsync(
            () => Task.FromResult((ended = alive.Find(host => host.Program.HasExited)) is not null),
            () => $"none has ended:\n{string.Join('\n', alive.Select(host => host.Program.Describe()))}",
            Rig.Patience,
            Cancellation
        );
        alive.Remove(ended!);
        return ended!;
    }

    public List<Migration> Others(Migration leader) => [.. alive.Where(host => host != leader)];

    public async Task KillAsync(Migration host)
    {
        alive.Remove(host);
        await host.KillAsync();
    }

    /// <summary>Waits until one of them leads and all others work for it.</summary>
    public Task UntilAllTakePartAsync() =>
        Condition.UntilAsync(
            () =>
                Task.FromResult(
                    alive.TrueForAll(host =>
                        IsLeader(host) || host.Program.Errors.Contains(" works for ", StringComparison.Ordinal)
                    )
                ),
            () => $"not all take part:\n{string.Join('\n', alive.Select(host => host.Program.Describe()))}",
            Rig.Patience,
            Cancellation
        );

    /// <summary>The source may be read as fast as may be again.</summary>
    public async Task LiftLimitsAsync()
    {
        var (code, limit) = await GodwitProgram.RunAsync(
            Rig.Patience,
            Cancellation,
            "limit",
            "--destination",
            rig.Destination.ConnectionString
        );
        await using (limit)
        {
            code.ShouldBe(0, limit.Describe());
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in alive)
        {
            await host.DisposeAsync();
        }
    }

    private static bool IsLeader(Migration host)
    {
        var said = host.Program.Errors;
        return !host.Program.HasExited
            && said.LastIndexOf("leads this migration.", StringComparison.Ordinal) is >= 0 and var leads
            && leads > said.LastIndexOf("does not lead this migration", StringComparison.Ordinal)
            && leads > said.LastIndexOf(" works for ", StringComparison.Ordinal);
    }
}

using System.Collections.Frozen;
using Godwit.Bson;

namespace Godwit.Sandbox.Faults;

/// <summary>
/// Failpoints of this Sandbox's own, that do to a whole member what a failing machine or network does: any member takes them for any
/// other, so that a client can bring back what it has made unreachable. <c>data</c> names the <c>member</c> by its position (the one
/// asked by default) and may say after how many milliseconds (<c>forMS</c>) the fault ends by itself.
/// </summary>
internal sealed class ClusterFaults : IFaultTarget
{
    private readonly SandboxCluster cluster;
    private readonly Surroundings around;
    private readonly TrafficFaults traffic;
    private readonly FrozenDictionary<string, Action<int, bool, FaultData>> faults;

    internal ClusterFaults(SandboxCluster cluster, Surroundings around, TrafficFaults traffic)
    {
        this.cluster = cluster;
        this.around = around;
        this.traffic = traffic;
        faults = new Dictionary<string, Action<int, bool, FaultData>>(StringComparer.Ordinal)
        {
            ["sandboxKill"] = (member, isOn, _) =>
                cluster.RunLater(() => isOn ? cluster.KillAsync(member) : cluster.RestartAsync(member)),
            ["sandboxRestartAs"] = RestartAs,
            ["sandboxPartition"] = Partition,
            ["sandboxResync"] = (member, isOn, _) =>
                cluster.RunLater(() => isOn ? cluster.ResyncAsync(member) : Task.CompletedTask),
            ["sandboxClockSkew"] = (member, isOn, data) =>
                around.Clocks[member].Skew = isOn
                    ? data.Milliseconds("byMS") ?? throw FaultData.Missing("byMS")
                    : TimeSpan.Zero,
            ["sandboxSlowDisk"] = (member, isOn, data) => around.Disks[member].Slow = isOn ? data.Slowness : null,
            ["sandboxSlowNetwork"] = SlowDown,
            ["sandboxFullDisk"] = (member, isOn, _) => SetFull(member, isOn),
        }.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Name => cluster.SetName;

    /// <inheritdoc/>
    public IReadOnlyList<int> Ports => cluster.Ports;

    /// <inheritdoc/>
    public bool Knows(string name) => faults.ContainsKey(name) || traffic.Knows(name);

    /// <inheritdoc/>
    public int Set(string name, bool isOn, RawDocument data, int asked)
    {
        var given = FaultData.Of(data);
        var member = TrafficFaults.Position(data["member"], asked, Ports.Count);
        Apply(name, isOn, given, member);
        if (isOn && given.Milliseconds("forMS") is { } duration)
        {
            cluster.RunLater(async () =>
            {
                await Task.Delay(duration, cluster.Time).ConfigureAwait(false);
                Apply(name, false, given, member);
            });
        }

        return given.Seed;
    }

    /// <inheritdoc/>
    public void Heal()
    {
        cluster.Heal();
        cluster.RunLater(() => cluster.RestartDeadAsync());
    }

    private void Apply(string name, bool isOn, FaultData data, int member)
    {
        if (faults.TryGetValue(name, out var fault))
        {
            fault(member, isOn, data);
        }
        else
        {
            _ = traffic.Set(name, isOn, data.Document, member);
        }
    }

    /// <summary>Upgrades a member, or takes it back; a release that does not open its data leaves it as it was.</summary>
    private void RestartAs(int member, bool isOn, FaultData data)
    {
        if (!isOn)
        {
            return;
        }

        var release = data.Release;
        cluster.RunLater(async () =>
        {
            try
            {
                await cluster.RestartAsAsync(member, release).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // It runs as before, and says so to whoever asks for its version.
            }
        });
    }

    // The next write ends the member, as it ends mongod; with space again it can be started.
    private void SetFull(int member, bool isOn)
    {
        around.Disks[member].IsFull = isOn;
        if (!isOn)
        {
            cluster.RunLater(() => cluster.RestartDeadAsync(member));
        }
    }

    /// <summary>Slows a member's clients down, or with <c>from</c> what it and that member say to each other.</summary>
    private void SlowDown(int member, bool isOn, FaultData data)
    {
        var from = data.Document["from"];
        if (from.IsMissing)
        {
            around.Traffic[member].Slow = isOn ? data.Slowness : null;
            return;
        }

        var other = TrafficFaults.Position(from, member, Ports.Count);
        around.Network.SetSlow(member, other, isOn ? data.Slowness : null);
    }

    /// <summary>Cuts a member off from the one named <c>from</c>, or from all others; with <c>oneWay</c> they still reach it.</summary>
    private void Partition(int member, bool isOn, FaultData data)
    {
        for (var other = 0; other < cluster.Ports.Count; other++)
        {
            var from = data.Document["from"];
            if (other != member && (from.IsMissing || TrafficFaults.Position(from, other, Ports.Count) == other))
            {
                around.Network.SetCut(member, other, isOn, data.Document["oneWay"].IsTruthy());
            }
        }
    }
}

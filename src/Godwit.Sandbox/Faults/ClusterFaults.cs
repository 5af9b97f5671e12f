using System.Collections.Frozen;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Faults;

/// <summary>
/// Failpoints of this Sandbox's own, that do to a whole member what a failing machine or network does: any member takes them for any
/// other, so that a client can bring back what it has made unreachable. <c>data</c> names the <c>member</c> by its position (the one
/// asked by default) and may say after how many milliseconds (<c>forMS</c>) the fault ends by itself.
/// </summary>
internal sealed class ClusterFaults
{
    private readonly SandboxCluster cluster;
    private readonly FrozenDictionary<string, Action<int, bool, RawDocument>> faults;

    internal ClusterFaults(SandboxCluster cluster)
    {
        this.cluster = cluster;
        faults = new Dictionary<string, Action<int, bool, RawDocument>>(StringComparer.Ordinal)
        {
            ["sandboxKill"] = (member, isOn, _) =>
                cluster.RunLater(() => isOn ? cluster.KillAsync(member) : cluster.RestartAsync(member)),
            ["sandboxStall"] = (member, isOn, _) => cluster.SetStalled(member, isOn),
            ["sandboxCutFromClients"] = (member, isOn, _) => cluster.SetCutFromClients(member, isOn),
            ["sandboxPartition"] = Partition,
            ["sandboxResync"] = (member, isOn, _) =>
                cluster.RunLater(() => isOn ? cluster.ResyncAsync(member) : Task.CompletedTask),
        }.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Whether a failpoint is one of these.</summary>
    internal bool Knows(string name) => faults.ContainsKey(name);

    /// <summary>Begins or ends a fault. What ends or cuts off the member asked may take the reply with it.</summary>
    internal void Set(string name, bool isOn, RawDocument data, int asked)
    {
        var member = Member(data["member"], asked);
        faults[name](member, isOn, data);
        if (isOn && data["forMS"].ToInt64() is { } duration)
        {
            cluster.RunLater(async () =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(duration), cluster.Time).ConfigureAwait(false);
                faults[name](member, false, data);
            });
        }
    }

    /// <summary>Cuts a member off from the one named <c>from</c>, or from all others.</summary>
    private void Partition(int member, bool isOn, RawDocument data)
    {
        for (var other = 0; other < cluster.Ports.Count; other++)
        {
            if (other != member && (data["from"].IsMissing || Member(data["from"], other) == other))
            {
                cluster.SetPartitioned(member, other, isOn);
            }
        }
    }

    private int Member(RawValue value, int otherwise)
    {
        var member = value.IsMissing ? otherwise : value.ToInt64();
        return member is { } index && index >= 0 && index < cluster.Ports.Count
            ? (int)index
            : throw new CommandException(
                ErrorCode.BadValue,
                $"there is no such member; the set has {cluster.Ports.Count}"
            );
    }
}

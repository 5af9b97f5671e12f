using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Faults;

/// <summary>The faults of the network between processes and their clients.</summary>
/// <param name="name">The set's name, or <c>mongos</c>.</param>
/// <param name="ports">The ports, by position.</param>
/// <param name="gates">What lies between each process and its clients.</param>
internal sealed class TrafficFaults(string name, IReadOnlyList<int> ports, IReadOnlyList<TrafficGate> gates)
    : IFaultTarget
{
    private static readonly Dictionary<string, Action<TrafficGate, bool, FaultData>> Faults = new(
        StringComparer.Ordinal
    )
    {
        ["sandboxStall"] = (gate, isOn, _) => gate.IsStalled = isOn,
        ["sandboxCutFromClients"] = (gate, isOn, _) => gate.IsCutFromClients = isOn,
        ["sandboxSlowNetwork"] = (gate, isOn, data) => gate.Slow = isOn ? data.Slowness : null,
        ["sandboxDropConnections"] = Drop,
        ["sandboxCorruptReply"] = (gate, isOn, data) => gate.Spoils = isOn ? data.Chance : null,
    };

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public IReadOnlyList<int> Ports => ports;

    /// <inheritdoc/>
    public bool Knows(string fault) => Faults.ContainsKey(fault);

    /// <inheritdoc/>
    public int Set(string fault, bool isOn, RawDocument data, int asked)
    {
        var given = FaultData.Of(data);
        Faults[fault](gates[Position(data["member"], asked, ports.Count)], isOn, given);
        return given.Seed;
    }

    /// <inheritdoc/>
    public void Heal()
    {
        foreach (var gate in gates)
        {
            gate.Heal();
        }
    }

    /// <summary>The position of a member.</summary>
    internal static int Position(RawValue value, int otherwise, int count)
    {
        var position = value.IsMissing ? otherwise : value.ToInt64();
        return position is { } index && index >= 0 && index < count
            ? (int)index
            : throw new CommandException(ErrorCode.BadValue, $"there is no such member; the set has {count}");
    }

    // Without a probability those that are open now go, once.
    private static void Drop(TrafficGate gate, bool isOn, FaultData data)
    {
        if (!isOn || data.Document.Has("probability"))
        {
            gate.Drops = isOn ? data.Chance : null;
            return;
        }

        gate.DropAll();
    }
}

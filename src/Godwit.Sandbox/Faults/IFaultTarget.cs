using Godwit.Bson;

namespace Godwit.Sandbox.Faults;

/// <summary>Processes that faults can be done to: a replica set, or the routers.</summary>
internal interface IFaultTarget
{
    /// <summary>The set's name, or <c>mongos</c>.</summary>
    string Name { get; }

    /// <summary>The ports, by the members' positions.</summary>
    IReadOnlyList<int> Ports { get; }

    /// <summary>Whether there is a fault of that name here.</summary>
    bool Knows(string name);

    /// <summary>Begins or ends a fault; gives the seed of what it leaves to chance.</summary>
    int Set(string name, bool isOn, RawDocument data, int asked);

    /// <summary>Ends all faults.</summary>
    void Heal();
}

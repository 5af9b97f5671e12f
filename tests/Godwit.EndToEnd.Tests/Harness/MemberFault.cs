namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>What can befall one member of a replica set.</summary>
public enum MemberFault
{
    /// <summary>Its process dies, and is started again on its data afterwards.</summary>
    Killed,

    /// <summary>It takes requests and does nothing, as a process that was frozen.</summary>
    Stalled,

    /// <summary>No client reaches it; the other members do.</summary>
    CutFromClients,

    /// <summary>The other members do not reach it; clients do.</summary>
    Partitioned,
}

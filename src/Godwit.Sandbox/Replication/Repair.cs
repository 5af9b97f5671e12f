using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>What has to be done to the data of a member that cannot simply follow; it is restarted for that.</summary>
internal abstract record Repair
{
    private Repair() { }

    /// <summary>Gives up what was written after the last operation that its primary has too.</summary>
    /// <param name="CommonPoint">That operation.</param>
    internal sealed record RollBack(OpTime CommonPoint) : Repair;

    /// <summary>Takes a copy of another member's data: an initial sync by file copy.</summary>
    /// <param name="Source">The other member.</param>
    internal sealed record CopyFrom(int Source) : Repair;
}

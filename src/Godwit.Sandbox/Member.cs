using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox;

/// <summary>One running server process of the Sandbox: a node's data, and around it what serves clients.</summary>
internal sealed class Member(Node node, TimeProvider time)
{
    /// <summary>The member's data.</summary>
    internal Node Node { get; } = node;

    /// <summary>The clock of this member.</summary>
    internal TimeProvider Time { get; } = time;

    /// <summary>Open cursors.</summary>
    internal CursorRegistry Cursors { get; } = new(time);

    /// <summary>Whether this member accepts writes.</summary>
    internal bool IsPrimary { get; set; } = true;

    /// <summary>Whether the member belongs to a replica set (otherwise it is a standalone).</summary>
    internal bool IsReplicaSetMember { get; init; } = true;

    /// <summary>Refuses writes of a member that is no longer primary; called with the write lock held.</summary>
    internal void CheckAcceptsWrites()
    {
        if (!IsPrimary)
        {
            throw new CommandException(ErrorCode.NotWritablePrimary, "not primary");
        }
    }
}

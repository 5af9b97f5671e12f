namespace Godwit.Sandbox.Replication;

/// <summary>The role of a member, with the numbers of <c>replSetGetStatus</c>.</summary>
internal enum MemberState
{
    /// <summary>Not yet part of the set.</summary>
    Startup = 0,

    /// <summary>Takes writes.</summary>
    Primary = 1,

    /// <summary>Follows the primary and serves reads.</summary>
    Secondary = 2,

    /// <summary>Follows, but serves nothing (maintenance, catching up).</summary>
    Recovering = 3,

    /// <summary>Without data yet: waits for another member's.</summary>
    Startup2 = 5,

    /// <summary>Votes only.</summary>
    Arbiter = 7,

    /// <summary>Not reachable.</summary>
    Down = 8,

    /// <summary>Gives up writes that the majority never had.</summary>
    Rollback = 9,

    /// <summary>No longer part of the set.</summary>
    Removed = 10,
}

namespace Godwit.Engine.Changes;

/// <summary>What becomes of an event when it is routed.</summary>
internal enum Verdict
{
    /// <summary>It is in the document already, or will be in a read that is yet to come.</summary>
    Drop,

    /// <summary>It waits until its range is written.</summary>
    Wait,

    /// <summary>It goes to its key's lane.</summary>
    Dispatch,

    /// <summary>Its key has become dirty in its place.</summary>
    Dirty,

    /// <summary>It is kept behind the re-read of its key.</summary>
    Park,
}

/// <summary>What a lane does with the item at its head.</summary>
internal enum LaneVerdict
{
    /// <summary>Write it.</summary>
    Apply,

    /// <summary>A re-read stands in for it.</summary>
    Skip,

    /// <summary>It is above the saved ceiling: wait for the next checkpoint (S16).</summary>
    Hold,
}

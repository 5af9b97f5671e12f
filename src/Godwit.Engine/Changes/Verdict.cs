namespace Godwit.Engine.Changes;

/// <summary>What has to be known of an event to decide about it.</summary>
[Flags]
internal enum Handling
{
    /// <summary>It is applied as it is.</summary>
    None = 0,

    /// <summary>Its document is to be read again in its place (S12).</summary>
    Reread = 1,

    /// <summary>The order of its collection is content (S30).</summary>
    Ordered = 2,

    /// <summary>It puts its document at the end of that order, or takes it out.</summary>
    Places = 4,
}

/// <summary>What becomes of an event when it is routed.</summary>
internal enum Verdict
{
    /// <summary>It is in the document already, or will be in a read that is yet to come.</summary>
    Drop,

    /// <summary>It waits until its range is written.</summary>
    Wait,

    /// <summary>It goes to its key's lane.</summary>
    Dispatch,

    /// <summary>
    /// It goes to its key's lane, and may have been applied already: its document is taken out, if it is there, and put at the end anew
    /// if it was put there (S8, S30).
    /// </summary>
    Place,

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

namespace Godwit.Engine.Faults;

/// <summary>What a failure of a cluster means for whoever asked. One policy per kind (<see cref="RetryPolicy"/>).</summary>
internal enum FaultKind
{
    /// <summary>Network, election, overload: the same request may succeed later; a write may have been executed.</summary>
    Transient,

    /// <summary>The cursor or snapshot is gone (killed, timed out, <c>SnapshotTooOld</c>, <c>SnapshotUnavailable</c>): open another.</summary>
    NeedsNewCursor,

    /// <summary>The change stream's position is no longer in the oplog (286), or of another history (S20).</summary>
    HistoryLost,

    /// <summary>The request is wrong or not allowed; it will not succeed as it is.</summary>
    BadRequest,

    /// <summary>The data or catalogue stands against it: duplicate key, an existing collection, a validation.</summary>
    DataConflict,

    /// <summary>The collection with that UUID has another name now, or none (361).</summary>
    Moved,

    /// <summary>A later epoch has written in this session or holds the migration: this process must stop (S17).</summary>
    Fenced,

    /// <summary>A reply that cannot be: our mistake or the server's.</summary>
    Bug,
}

/// <summary>Which cluster failed.</summary>
internal enum Side
{
    /// <summary>The source.</summary>
    Source,

    /// <summary>The destination.</summary>
    Destination,

    /// <summary>This process itself.</summary>
    Local,
}

/// <summary>During what kind of request.</summary>
internal enum Stage
{
    /// <summary>Connecting, discovery, authentication.</summary>
    Connect,

    /// <summary>Listing or changing the catalogue.</summary>
    Catalogue,

    /// <summary>A snapshot read.</summary>
    Read,

    /// <summary>The change stream.</summary>
    Changes,

    /// <summary>A data write.</summary>
    Write,

    /// <summary>The reserved database, the fence.</summary>
    Checkpoint,

    /// <summary>Write block and notes at cutover.</summary>
    Cutover,
}

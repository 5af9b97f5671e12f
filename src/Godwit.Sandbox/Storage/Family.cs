namespace Godwit.Sandbox.Storage;

/// <summary>The column families of a member's store: data that is written, scanned and trimmed in different ways is kept apart.</summary>
internal enum Family : byte
{
    /// <summary>Documents of collections: ident, record key, commit time.</summary>
    Records,

    /// <summary>Entries of indexes: ident, key string with record key, commit time.</summary>
    Indexes,

    /// <summary>The oplog: written at one end, trimmed at the other.</summary>
    Oplog,

    /// <summary>Catalog entries, counters and what the member remembers of itself; without versions.</summary>
    Meta,

    /// <summary>Keys whose older versions may go once the history window has passed their commit time.</summary>
    Garbage,
}

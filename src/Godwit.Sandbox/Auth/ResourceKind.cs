namespace Godwit.Sandbox.Auth;

/// <summary>What a privilege is about.</summary>
internal enum ResourceKind
{
    /// <summary>The cluster as a whole.</summary>
    Cluster,

    /// <summary>Everything there is.</summary>
    Any,

    /// <summary>All collections that are not the system's, of databases that are not <c>local</c> or <c>config</c>.</summary>
    AnyNormal,

    /// <summary>A database with its collections that are not the system's.</summary>
    Database,

    /// <summary>The collections of one name in all databases.</summary>
    CollectionName,

    /// <summary>One collection.</summary>
    Exact,

    /// <summary>The buckets of time-series collections: of all, of one database, of one name, or of one collection.</summary>
    SystemBuckets,
}

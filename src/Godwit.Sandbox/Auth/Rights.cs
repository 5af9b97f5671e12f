namespace Godwit.Sandbox.Auth;

/// <summary>Kinds of command a role can allow.</summary>
[Flags]
internal enum Rights
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Queries, listings of one database, change streams.</summary>
    Read = 1,

    /// <summary>Writes, and making and dropping collections and indexes.</summary>
    Write = 2,

    /// <summary>Statistics, validation, dropping databases, collMod.</summary>
    Administer = 4,

    /// <summary>Users and roles.</summary>
    ManageUsers = 8,

    /// <summary>Looking at the server and the set.</summary>
    Monitor = 16,

    /// <summary>Steering the server and the set.</summary>
    ManageCluster = 32,

    /// <summary>Listing all databases.</summary>
    ListDatabases = 64,

    /// <summary>Blocking user writes.</summary>
    BlockWrites = 128,

    /// <summary>What only members of the cluster do.</summary>
    Internal = 256,

    /// <summary>Everything.</summary>
    All = 511,
}

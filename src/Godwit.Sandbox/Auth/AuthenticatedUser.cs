using System.Security.Cryptography;
using System.Text;

namespace Godwit.Sandbox.Auth;

/// <summary>A user who is logged in.</summary>
/// <param name="Name">The name.</param>
/// <param name="Database">The database the user belongs to.</param>
internal sealed record AuthenticatedUser(string Name, string Database)
{
    /// <summary>A process of the cluster, which may do everything.</summary>
    internal static readonly AuthenticatedUser System = new("__system", "local");

    /// <summary>What sessions carry of the user.</summary>
    internal ReadOnlyMemory<byte> Hash { get; } = SHA256.HashData(Encoding.UTF8.GetBytes($"{Name}@{Database}"));

    /// <summary>The same user, whoever computed the hash.</summary>
    public bool Equals(AuthenticatedUser? other) =>
        other is not null && Name == other.Name && Database == other.Database;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Database);
}

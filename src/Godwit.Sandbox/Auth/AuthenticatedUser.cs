using System.Security.Cryptography;
using System.Text;

namespace Godwit.Sandbox.Auth;

/// <summary>A user who is logged in.</summary>
/// <param name="Name">The name.</param>
/// <param name="Database">The database the user belongs to.</param>
internal sealed record AuthenticatedUser(string Name, string Database)
{
    /// <summary>What sessions carry of the user.</summary>
    internal ReadOnlyMemory<byte> Hash { get; } = SHA256.HashData(Encoding.UTF8.GetBytes($"{Name}@{Database}"));
}

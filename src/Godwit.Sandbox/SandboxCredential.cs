namespace Godwit.Sandbox;

/// <summary>Name and password of the Sandbox's first user, in the admin database.</summary>
/// <param name="User">The name.</param>
/// <param name="Password">The password; never shown.</param>
public sealed record SandboxCredential(string User, string Password)
{
    /// <summary>The name only.</summary>
    public override string ToString() => User;
}

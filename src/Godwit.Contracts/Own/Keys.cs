namespace Godwit.Contracts.Own;

/// <summary>Body of the creation of an API key.</summary>
/// <param name="Desc">What it is for.</param>
/// <param name="Roles">Its roles.</param>
internal sealed record ApiKeyRequest(string? Desc, IReadOnlyList<string>? Roles);

/// <summary>An API key.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Desc">What it is for.</param>
/// <param name="PublicKey">Its user name in HTTP digest.</param>
/// <param name="PrivateKey">Its password: whole when it is made, its last digits later.</param>
/// <param name="Roles">Its roles.</param>
internal sealed record ApiKeyResource(
    string Id,
    string Desc,
    string PublicKey,
    string PrivateKey,
    IReadOnlyList<RoleResource> Roles
)
{
    /// <summary>Without the private key.</summary>
    public override string ToString() => PublicKey;
}

/// <summary>One address or block to add to an access list.</summary>
/// <param name="IpAddress">An address.</param>
/// <param name="CidrBlock">Or a block.</param>
internal sealed record AccessEntryRequest(string? IpAddress, string? CidrBlock);

/// <summary>An entry of a key's access list.</summary>
/// <param name="CidrBlock">The block.</param>
/// <param name="IpAddress">The address, if the block is one alone.</param>
/// <param name="Created">When it was added.</param>
internal sealed record AccessEntryResource(string CidrBlock, string? IpAddress, DateTimeOffset Created);

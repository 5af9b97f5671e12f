namespace Godwit.Contracts.Own;

/// <summary>One address or block to let in to a project's clusters.</summary>
/// <param name="IpAddress">An address.</param>
/// <param name="CidrBlock">Or a block.</param>
/// <param name="Comment">What it is for.</param>
/// <param name="DeleteAfterDate">When it goes by itself; never if left out.</param>
internal sealed record ProjectAccessRequest(
    string? IpAddress,
    string? CidrBlock,
    string? Comment = null,
    DateTimeOffset? DeleteAfterDate = null
);

/// <summary>An entry of a project's access list.</summary>
/// <param name="GroupId">The project.</param>
/// <param name="CidrBlock">The block.</param>
/// <param name="IpAddress">The address, if the block is one alone.</param>
/// <param name="Comment">What it is for.</param>
/// <param name="DeleteAfterDate">When it goes by itself.</param>
/// <param name="Created">When it was added.</param>
internal sealed record ProjectAccessResource(
    string GroupId,
    string CidrBlock,
    string? IpAddress,
    string Comment,
    DateTimeOffset? DeleteAfterDate,
    DateTimeOffset Created
);

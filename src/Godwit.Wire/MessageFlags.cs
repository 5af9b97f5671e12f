namespace Godwit.Wire;

/// <summary>The flags of an OP_MSG. Unknown bits below 16 must be refused, unknown bits above are ignored.</summary>
[Flags]
internal enum MessageFlags : uint
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>A CRC-32C of the message follows the sections.</summary>
    ChecksumPresent = 1,

    /// <summary>Request: no reply is wanted. Reply: another reply follows unasked.</summary>
    MoreToCome = 2,

    /// <summary>The client takes several replies to this request.</summary>
    ExhaustAllowed = 1 << 16,
}

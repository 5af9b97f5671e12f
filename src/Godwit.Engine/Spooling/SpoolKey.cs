using System.Security.Cryptography;
using Godwit.Bson;

namespace Godwit.Engine.Spooling;

/// <summary>
/// The key of a migration's spool (S33). It is kept in the reserved database, so that a later life on the same host can read what an
/// earlier one spooled, and nobody can any more once the migration is discarded.
/// </summary>
internal sealed class SpoolKey(ReadOnlyMemory<byte> bytes)
{
    private const int KeyBytes = 32;

    /// <summary>Bytes of the salt that makes the key of each file another one.</summary>
    internal const int SaltBytes = 32;

    internal static SpoolKey New() => new(RandomNumberGenerator.GetBytes(KeyBytes));

    internal static SpoolKey Parse(RawValue kept) => new(kept.BinaryData.ToArray());

    internal RawValue ToValue() => RawValue.Binary(bytes.Span);

    /// <summary>The cipher of one file: with a key of its own, a record's number can serve as nonce.</summary>
    internal AesGcm CipherOf(ReadOnlySpan<byte> salt)
    {
        Span<byte> key = stackalloc byte[KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, bytes.Span, key, salt, "godwit spool"u8);
        return new(key, SpoolFile.TagBytes);
    }
}

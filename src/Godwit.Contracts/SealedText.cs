using System.Security.Cryptography;
using System.Text;

namespace Godwit.Contracts;

/// <summary>
/// Text that only one host can read: encrypted to its public key (ECDH on P-256 with a key used once, HKDF, AES-GCM) and bound to what it
/// is for, so that whoever keeps it can neither open it nor use it elsewhere (P6).
/// </summary>
internal static class SealedText
{
    private const int TagBytes = 16;
    private const int NonceBytes = 12;
    private const int KeyBytes = 32;

    /// <param name="text">What to seal.</param>
    /// <param name="publicKey">The host's public key (SubjectPublicKeyInfo).</param>
    /// <param name="purpose">What it is for; opened only by whoever names the same.</param>
    internal static string Seal(string text, ReadOnlySpan<byte> publicKey, string purpose)
    {
        using var own = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var theirs = ECDiffieHellman.Create();
        theirs.ImportSubjectPublicKeyInfo(publicKey, out _);
        var ephemeral = own.PublicKey.ExportSubjectPublicKeyInfo();
        var plain = Encoding.UTF8.GetBytes(text);
        var sealing = new byte[plain.Length];
        var tag = new byte[TagBytes];
        using var cipher = new AesGcm(Derive(own, theirs.PublicKey, purpose), TagBytes);
        cipher.Encrypt(new byte[NonceBytes], plain, sealing, tag, Encoding.UTF8.GetBytes(purpose));
        return $"{Convert.ToBase64String(ephemeral)}.{Convert.ToBase64String(tag)}.{Convert.ToBase64String(sealing)}";
    }

    /// <exception cref="CryptographicException">It was sealed for another host or purpose, or is damaged.</exception>
    internal static string Open(string text, ECDiffieHellman key, string purpose)
    {
        var parts = text.Split('.');
        if (parts.Length != 3)
        {
            throw new CryptographicException("this is no sealed text");
        }

        using var theirs = ECDiffieHellman.Create();
        theirs.ImportSubjectPublicKeyInfo(Convert.FromBase64String(parts[0]), out _);
        var sealing = Convert.FromBase64String(parts[2]);
        var plain = new byte[sealing.Length];
        using var cipher = new AesGcm(Derive(key, theirs.PublicKey, purpose), TagBytes);
        cipher.Decrypt(
            new byte[NonceBytes],
            sealing,
            Convert.FromBase64String(parts[1]),
            plain,
            Encoding.UTF8.GetBytes(purpose)
        );
        return Encoding.UTF8.GetString(plain);
    }

    // Every text has a key of its own, so that the nonce may stay zero.
    private static byte[] Derive(ECDiffieHellman own, ECDiffieHellmanPublicKey theirs, string purpose) =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            own.DeriveRawSecretAgreement(theirs),
            KeyBytes,
            info: Encoding.UTF8.GetBytes($"godwit sealed text 1 {purpose}")
        );
}

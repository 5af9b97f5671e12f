using System.Security.Cryptography;
using System.Text;
using Godwit.Bson;

namespace Godwit.Sandbox.Auth;

/// <summary>What a server stores of a password for one SCRAM mechanism: enough to check it, not enough to use it.</summary>
/// <param name="Mechanism">SCRAM-SHA-1 or SCRAM-SHA-256.</param>
/// <param name="Iterations">How often the password was hashed.</param>
/// <param name="Salt">The salt.</param>
/// <param name="StoredKey">Checks the client.</param>
/// <param name="ServerKey">Proves the server.</param>
internal sealed record ScramCredential(
    string Mechanism,
    int Iterations,
    byte[] Salt,
    byte[] StoredKey,
    byte[] ServerKey
)
{
    /// <summary>The mechanism of older drivers.</summary>
    internal const string Sha1 = "SCRAM-SHA-1";

    /// <summary>The mechanism of today.</summary>
    internal const string Sha256 = "SCRAM-SHA-256";

    private const int Sha1Iterations = 10_000;
    private const int Sha256Iterations = 15_000;

    /// <summary>The hash a mechanism uses.</summary>
    internal HashAlgorithmName Hash => HashOf(Mechanism);

    /// <summary>Makes the credential of a new password.</summary>
    internal static ScramCredential Create(string mechanism, string user, string password)
    {
        var hash = HashOf(mechanism);
        var isSha1 = mechanism == Sha1;
        var salt = RandomNumberGenerator.GetBytes(isSha1 ? 16 : 28);
        var secret = isSha1
            ? Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes($"{user}:mongo:{password}")))
            : password.Normalize(NormalizationForm.FormKC);
        var iterations = isSha1 ? Sha1Iterations : Sha256Iterations;
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(secret),
            salt,
            iterations,
            hash,
            isSha1 ? 20 : 32
        );
        var clientKey = CryptographicOperations.HmacData(hash, salted, "Client Key"u8);
        return new(
            mechanism,
            iterations,
            salt,
            CryptographicOperations.HashData(hash, clientKey),
            CryptographicOperations.HmacData(hash, salted, "Server Key"u8)
        );
    }

    /// <summary>Reads the stored form.</summary>
    internal static ScramCredential Parse(string mechanism, RawDocument stored) =>
        new(
            mechanism,
            (int)(stored["iterationCount"].ToInt64() ?? 0),
            Convert.FromBase64String(stored["salt"].AsString),
            Convert.FromBase64String(stored["storedKey"].AsString),
            Convert.FromBase64String(stored["serverKey"].AsString)
        );

    /// <summary>The stored form.</summary>
    internal RawDocument ToDocument() =>
        new DocumentBuilder
        {
            { "iterationCount", Iterations },
            { "salt", Convert.ToBase64String(Salt) },
            { "storedKey", Convert.ToBase64String(StoredKey) },
            { "serverKey", Convert.ToBase64String(ServerKey) },
        }.Build();

    private static HashAlgorithmName HashOf(string mechanism) =>
        mechanism == Sha1 ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
}

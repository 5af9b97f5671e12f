using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Godwit.Wire.Client;

/// <summary>
/// The client's half of SCRAM (RFC 5802, RFC 7677): proves knowledge of a password without sending it and makes the server do the
/// same. Pure: bytes in, bytes out.
/// </summary>
internal sealed class ScramConversation
{
    private const int IterationsMin = 4096;
    private const int AuthenticationFailed = 18;
    private readonly HashAlgorithmName hash;
    private readonly string password;
    private readonly string nonce;
    private readonly string firstBare;
    private byte[] serverSignature = [];

    private ScramConversation(AuthMechanism mechanism, string user, string password, string nonce)
    {
        var isSha1 = mechanism == AuthMechanism.ScramSha1;
        hash = isSha1 ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
        MechanismName = isSha1 ? "SCRAM-SHA-1" : "SCRAM-SHA-256";
        this.password = isSha1 ? LegacyDigest(user, password) : SaslPrep.Prepare(password);
        this.nonce = nonce;
        var escaped = user.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);
        firstBare = $"n={escaped},r={nonce}";
    }

    internal string MechanismName { get; }

    /// <summary>Starts a conversation; the nonce is given only by tests.</summary>
    internal static ScramConversation Start(
        AuthMechanism mechanism,
        string user,
        string password,
        string? nonce = null
    ) => new(mechanism, user, password, nonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(24)));

    /// <summary>The client's first message.</summary>
    internal byte[] First() => Encoding.UTF8.GetBytes($"n,,{firstBare}");

    /// <summary>The client's proof, in answer to the server's first message.</summary>
    internal byte[] Final(ReadOnlySpan<byte> serverFirst)
    {
        var text = Encoding.UTF8.GetString(serverFirst);
        var fields = Fields(text);
        var serverNonce = Field(fields, 'r');
        var iterations = int.Parse(Field(fields, 'i'), CultureInfo.InvariantCulture);
        if (!serverNonce.StartsWith(nonce, StringComparison.Ordinal) || serverNonce.Length == nonce.Length)
        {
            throw new HandshakeException(AuthenticationFailed, "the server answered with a nonce that is not ours");
        }

        if (iterations < IterationsMin)
        {
            throw new HandshakeException(AuthenticationFailed, $"the server wants only {iterations} SCRAM iterations");
        }

        var salt = Convert.FromBase64String(Field(fields, 's'));
        var hashLength = hash == HashAlgorithmName.SHA1 ? SHA1.HashSizeInBytes : SHA256.HashSizeInBytes;
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, hash, hashLength);
        var clientKey = CryptographicOperations.HmacData(hash, salted, "Client Key"u8);
        var storedKey = CryptographicOperations.HashData(hash, clientKey);
        var withoutProof = $"c=biws,r={serverNonce}";
        var signed = Encoding.UTF8.GetBytes($"{firstBare},{text},{withoutProof}");
        var proof = CryptographicOperations.HmacData(hash, storedKey, signed);
        for (var i = 0; i < proof.Length; i++)
        {
            proof[i] ^= clientKey[i];
        }

        serverSignature = CryptographicOperations.HmacData(
            hash,
            CryptographicOperations.HmacData(hash, salted, "Server Key"u8),
            signed
        );
        return Encoding.UTF8.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}");
    }

    /// <summary>Checks that the server knows the password as well.</summary>
    internal void Verify(ReadOnlySpan<byte> serverFinal)
    {
        var signature = Convert.FromBase64String(Field(Fields(Encoding.UTF8.GetString(serverFinal)), 'v'));
        if (!CryptographicOperations.FixedTimeEquals(signature, serverSignature))
        {
            throw new HandshakeException(AuthenticationFailed, "the server could not prove that it knows the password");
        }
    }

    // What MongoDB feeds to SCRAM-SHA-1 in place of the password, a relic of the mechanism before it.
    private static string LegacyDigest(string user, string password) =>
        Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes($"{user}:mongo:{password}")));

    private static Dictionary<char, string> Fields(string message) =>
        message
            .Split(',')
            .Where(field => field.Length >= 2 && field[1] == '=')
            .ToDictionary(field => field[0], field => field[2..]);

    private static string Field(Dictionary<char, string> fields, char name) =>
        fields.TryGetValue(name, out var value)
            ? value
            : throw new HandshakeException(AuthenticationFailed, $"the server's SCRAM message lacks '{name}'");
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Auth;

/// <summary>The server's side of a SCRAM login (RFC 5802), with the empty last exchange where the client wants it.</summary>
internal sealed class ScramExchange(
    Func<string, ScramCredential?> findCredential,
    string database,
    bool skipsEmptyExchange
) : IAuthenticationExchange
{
    private string clientFirstBare = "";
    private string serverFirst = "";
    private string nonce = "";
    private ScramCredential? credential;
    private int step;

    /// <inheritdoc/>
    public AuthenticatedUser User { get; private set; } = new("", database);

    /// <inheritdoc/>
    public bool IsProven { get; private set; }

    /// <inheritdoc/>
    public bool IsDone { get; private set; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Continue(ReadOnlyMemory<byte> payload)
    {
        switch (step++)
        {
            case 0:
                return Encoding.UTF8.GetBytes(AnswerFirst(Encoding.UTF8.GetString(payload.Span)));
            case 1:
                var answer = AnswerFinal(Encoding.UTF8.GetString(payload.Span));
                IsProven = true;
                IsDone = skipsEmptyExchange;
                return Encoding.UTF8.GetBytes(answer);
            case 2 when !skipsEmptyExchange:
                IsDone = true;
                return default;
            default:
                throw new CommandException(ErrorCode.ProtocolError, "the SASL exchange is over");
        }
    }

    private static CommandException Failed() => new(ErrorCode.AuthenticationFailed, "Authentication failed.");

    private string AnswerFirst(string message)
    {
        var parts = message.Split(',', 3);
        if (parts.Length < 3 || parts[0] is not ("n" or "y"))
        {
            throw Failed();
        }

        clientFirstBare = parts[2];
        var fields = Fields(clientFirstBare);
        if (!fields.TryGetValue('n', out var name) || !fields.TryGetValue('r', out var clientNonce))
        {
            throw Failed();
        }

        var user = name.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        User = new(user, database);
        credential = findCredential(user) ?? throw Failed();
        nonce = clientNonce + Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));
        serverFirst = string.Create(
            CultureInfo.InvariantCulture,
            $"r={nonce},s={Convert.ToBase64String(credential.Salt)},i={credential.Iterations}"
        );
        return serverFirst;
    }

    private string AnswerFinal(string message)
    {
        var fields = Fields(message);
        var proofStart = message.LastIndexOf(",p=", StringComparison.Ordinal);
        if (
            credential is null
            || proofStart < 0
            || fields.GetValueOrDefault('r') != nonce
            || !TryDecode(fields.GetValueOrDefault('p'), out var proof)
        )
        {
            throw Failed();
        }

        var signed = Encoding.UTF8.GetBytes($"{clientFirstBare},{serverFirst},{message[..proofStart]}");
        var signature = CryptographicOperations.HmacData(credential.Hash, credential.StoredKey, signed);
        if (proof.Length != signature.Length)
        {
            throw Failed();
        }

        for (var i = 0; i < proof.Length; i++)
        {
            proof[i] ^= signature[i];
        }

        var storedKey = CryptographicOperations.HashData(credential.Hash, proof);
        if (!CryptographicOperations.FixedTimeEquals(storedKey, credential.StoredKey))
        {
            throw Failed();
        }

        return "v="
            + Convert.ToBase64String(CryptographicOperations.HmacData(credential.Hash, credential.ServerKey, signed));
    }

    private static Dictionary<char, string> Fields(string message)
    {
        var fields = new Dictionary<char, string>();
        foreach (var part in message.Split(','))
        {
            if (part.Length >= 2 && part[1] == '=')
            {
                fields[part[0]] = part[2..];
            }
        }

        return fields;
    }

    private static bool TryDecode(string? text, out byte[] bytes)
    {
        bytes = new byte[64];
        var isGood = Convert.TryFromBase64String(text ?? "", bytes, out var length);
        bytes = bytes[..length];
        return isGood;
    }
}

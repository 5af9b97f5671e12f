using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Godwit.Hub.Access;

/// <summary>The <c>Authorization</c> header of HTTP digest (RFC 7616, MD5 as Atlas and its clients speak it).</summary>
internal sealed partial record DigestHeader(
    string UserName,
    string Realm,
    string Nonce,
    string Uri,
    string Response,
    string Count,
    string ClientNonce
)
{
    internal const string Prefix = "Digest ";

    internal static DigestHeader? Parse(string header)
    {
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (Match match in Field().Matches(header[Prefix.Length..]))
        {
            fields[match.Groups[1].Value] = match.Groups[2].Success
                ? Escape().Replace(match.Groups[2].Value, "$1")
                : match.Groups[3].Value;
        }

        return
            fields.TryGetValue("username", out var user)
            && fields.TryGetValue("realm", out var realm)
            && fields.TryGetValue("nonce", out var nonce)
            && fields.TryGetValue("uri", out var uri)
            && fields.TryGetValue("response", out var response)
            && fields.TryGetValue("nc", out var count)
            && fields.TryGetValue("cnonce", out var clientNonce)
            && fields.GetValueOrDefault("qop") == "auth"
            && string.Equals(fields.GetValueOrDefault("algorithm", "MD5"), "MD5", StringComparison.OrdinalIgnoreCase)
            ? new(user, realm, nonce, uri, response, count, clientNonce)
            : null;
    }

    internal uint? Number =>
        uint.TryParse(Count, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>Whether it was made with the password behind this hash, for this method.</summary>
    internal bool IsMadeWith(string passwordHash, string method)
    {
        var expected = Hash($"{passwordHash}:{Nonce}:{Count}:{ClientNonce}:auth:{Hash($"{method}:{Uri}")}");
        return CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(expected),
            Encoding.ASCII.GetBytes(Response.ToLowerInvariant())
        );
    }

    /// <summary>HA1: what is kept of a password.</summary>
    internal static string HashPassword(string user, string realm, string password) =>
        Hash($"{user}:{realm}:{password}");

    private static string Hash(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escape();

    [GeneratedRegex("""(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,\s]+))""")]
    private static partial Regex Field();
}

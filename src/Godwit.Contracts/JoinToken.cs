using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Godwit.Contracts;

/// <summary>
/// What lets a host in: where its Hub is, by which authority the Hub is known, and a secret that works once. Opaque to people; its last
/// bytes are a check sum, so that a token cut short is told apart from one that is unknown.
/// </summary>
/// <param name="Kind">What it lets in.</param>
/// <param name="Hub">The Hub's address.</param>
/// <param name="Authority">SHA-256 of the certificate of the Hub's authority, hexadecimal; empty where the system's authorities know it.</param>
/// <param name="Id">Which token it is.</param>
/// <param name="Secret">Its secret; the Hub keeps a hash.</param>
internal sealed record JoinToken(JoinTokenKind Kind, Uri Hub, string Authority, string Id, string Secret)
{
    private const string LinkPrefix = "gwlink1.";
    private const string HostPrefix = "gwhost1.";
    private const int SumBytes = 4;

    /// <summary>The text that is pasted.</summary>
    internal string Write()
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new Body(Hub, Authority, Id, Secret));
        return Prefix(Kind) + Base64Url.EncodeToString([.. body, .. Sum(body)]);
    }

    internal static bool TryParse(string text, [NotNullWhen(true)] out JoinToken? token)
    {
        text = text.Trim();
        token = null;
        if (KindOf(text) is not { } kind)
        {
            return false;
        }

        try
        {
            var bytes = Base64Url.DecodeFromChars(text.AsSpan(Prefix(kind).Length));
            if (
                bytes.Length <= SumBytes
                || !bytes.AsSpan(bytes.Length - SumBytes).SequenceEqual(Sum(bytes.AsSpan(..^SumBytes)))
            )
            {
                return false;
            }

            var body = JsonSerializer.Deserialize<Body>(bytes.AsSpan(..^SumBytes));
            token = body is null ? null : new(kind, body.U, body.F, body.I, body.S);
            return token is not null;
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException)
        {
            return false;
        }
    }

    /// <summary>Never the secret: records are written to logs by mistake.</summary>
    public override string ToString() => $"{Prefix(Kind)}{Id}";

    /// <summary>What is kept of a secret of 256 random bits: nothing slower is needed against guessing.</summary>
    internal static string Hash(string secret) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    internal static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static byte[] Sum(ReadOnlySpan<byte> body) => SHA256.HashData(body)[..SumBytes];

    private static string Prefix(JoinTokenKind kind) =>
        kind switch
        {
            JoinTokenKind.Link => LinkPrefix,
            JoinTokenKind.Host => HostPrefix,
        };

    private static JoinTokenKind? KindOf(string text) =>
        text.StartsWith(LinkPrefix, StringComparison.Ordinal) ? JoinTokenKind.Link
        : text.StartsWith(HostPrefix, StringComparison.Ordinal) ? JoinTokenKind.Host
        : null;

    private sealed record Body(Uri U, string F, string I, string S);
}

/// <summary>What a <see cref="JoinToken"/> lets in.</summary>
internal enum JoinTokenKind
{
    /// <summary>A link-token: the first host of a source organisation, which comes to be by it (P5).</summary>
    Link,

    /// <summary>A host key: a further host of a source organisation.</summary>
    Host,
}

using System.Runtime.InteropServices;
using Godwit.Bson;

namespace Godwit.Wire.Client;

/// <summary>What happens once at the start of a connection: hello, choice of a compressor, authentication.</summary>
internal static class Handshake
{
    private const int WireVersionMin = 17;

    internal static async Task<(RawDocument Hello, Compressor Compressor)> RunAsync(
        WireConnection connection,
        ConnectionSettings settings,
        CancellationToken cancellationToken
    )
    {
        var hello = await RunAsync(connection, Hello(settings), cancellationToken).ConfigureAwait(false);
        if (hello["maxWireVersion"].ToInt64() is not >= WireVersionMin)
        {
            throw new HandshakeException(0, $"{connection.Address} is older than MongoDB 6.0");
        }

        if (settings.Credential is { } credential)
        {
            await Authenticator.RunAsync(connection, credential, hello, cancellationToken).ConfigureAwait(false);
        }

        return (hello, Choose(hello, settings.Compressors));
    }

    /// <summary>Runs a command of the handshake; the answer is a copy, free of the connection's blocks.</summary>
    internal static async Task<RawDocument> RunAsync(
        WireConnection connection,
        RawDocument command,
        CancellationToken cancellationToken
    )
    {
        using var reply = await connection.RunAsync(command, cancellationToken).ConfigureAwait(false);
        return reply.IsOk
            ? new RawDocument(reply.Body.Bytes.ToArray())
            : throw new HandshakeException(
                (int)(reply.Body["code"].ToInt64() ?? 0),
                reply.Body["errmsg"] is { Type: BsonType.String } text ? text.AsString : "the handshake failed"
            );
    }

    private static RawDocument Hello(ConnectionSettings settings)
    {
        var hello = new DocumentBuilder
        {
            { "hello", 1 },
            { "helloOk", true },
            { "client", ClientMetadata(settings.ApplicationName) },
            { "compression", RawValue.Array(settings.Compressors.Select(c => RawValue.String(Compression.NameOf(c)))) },
        };
        if (settings.Credential is { Mechanism: null } credential)
        {
            hello.Add("saslSupportedMechs", $"{credential.Source}.{credential.User}");
        }

        return hello.Add("$db", "admin").Build();
    }

    private static DocumentBuilder ClientMetadata(string applicationName) =>
        new()
        {
            {
                "application",
                new DocumentBuilder { { "name", applicationName } }
            },
            {
                "driver",
                new DocumentBuilder
                {
                    { "name", "godwit" },
                    { "version", typeof(Handshake).Assembly.GetName().Version?.ToString() ?? "0" },
                }
            },
            {
                "os",
                new DocumentBuilder
                {
                    { "type", RuntimeInformation.OSDescription.Split(' ')[0] },
                    { "architecture", RuntimeInformation.OSArchitecture.ToString() },
                }
            },
            { "platform", RuntimeInformation.FrameworkDescription },
        };

    private static Compressor Choose(RawDocument hello, IReadOnlyList<Compressor> offered)
    {
        if (hello["compression"] is not { Type: BsonType.Array } names)
        {
            return Compressor.None;
        }

        var accepted = names.AsDocument.Values().Select(name => Compression.FromName(name.AsString)).ToList();
        return offered.FirstOrDefault(compressor => accepted.Contains(compressor), Compressor.None);
    }
}

using Godwit.Bson;

namespace Godwit.Wire.Client;

/// <summary>Proves to a server who we are.</summary>
internal static class Authenticator
{
    private const int AuthenticationFailed = 18;

    internal static Task RunAsync(
        WireConnection connection,
        Credential credential,
        RawDocument hello,
        CancellationToken cancellationToken
    )
    {
        var mechanism = credential.Mechanism ?? Choose(hello);
        return mechanism == AuthMechanism.X509
            ? AuthenticateX509Async(connection, credential, cancellationToken)
            : AuthenticateScramAsync(connection, credential, mechanism, cancellationToken);
    }

    private static AuthMechanism Choose(RawDocument hello) =>
        hello["saslSupportedMechs"] is { Type: BsonType.Array } names
        && names.AsDocument.Values().Any(name => name.AsString == "SCRAM-SHA-256")
            ? AuthMechanism.ScramSha256
            : AuthMechanism.ScramSha1;

    private static Task AuthenticateX509Async(
        WireConnection connection,
        Credential credential,
        CancellationToken cancellationToken
    )
    {
        var command = new DocumentBuilder { { "authenticate", 1 }, { "mechanism", "MONGODB-X509" } };
        if (credential.User.Length > 0)
        {
            command.Add("user", credential.User);
        }

        return Handshake.RunAsync(connection, command.Add("$db", "$external").Build(), cancellationToken);
    }

    private static async Task AuthenticateScramAsync(
        WireConnection connection,
        Credential credential,
        AuthMechanism mechanism,
        CancellationToken cancellationToken
    )
    {
        var scram = ScramConversation.Start(mechanism, credential.User, credential.Password);
        var start = new DocumentBuilder
        {
            { "saslStart", 1 },
            { "mechanism", scram.MechanismName },
            { "payload", RawValue.Binary(scram.First()) },
            {
                "options",
                new DocumentBuilder { { "skipEmptyExchange", true } }
            },
            { "$db", credential.Source },
        };
        var reply = await Handshake.RunAsync(connection, start.Build(), cancellationToken).ConfigureAwait(false);
        reply = await ContinueAsync(scram.Final(Payload(reply))).ConfigureAwait(false);
        scram.Verify(Payload(reply));
        if (!reply["done"].IsTruthy())
        {
            reply = await ContinueAsync([]).ConfigureAwait(false);
        }

        if (!reply["done"].IsTruthy())
        {
            throw new HandshakeException(AuthenticationFailed, "the server did not finish the authentication");
        }

        Task<RawDocument> ContinueAsync(byte[] payload) =>
            Handshake.RunAsync(
                connection,
                new DocumentBuilder
                {
                    { "saslContinue", 1 },
                    { "conversationId", reply["conversationId"] },
                    { "payload", RawValue.Binary(payload) },
                    { "$db", credential.Source },
                }.Build(),
                cancellationToken
            );
    }

    private static ReadOnlySpan<byte> Payload(RawDocument reply) =>
        reply["payload"] is { Type: BsonType.Binary } payload
            ? payload.BinaryData.Span
            : throw new HandshakeException(AuthenticationFailed, "the server's SASL answer has no payload");
}

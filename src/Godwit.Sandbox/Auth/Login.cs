using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Auth;

/// <summary>Logs clients in: begins and continues the exchange of a mechanism.</summary>
internal static class Login
{
    private const string X509 = "MONGODB-X509";

    /// <summary>Begins a login.</summary>
    internal static DocumentBuilder Start(CommandContext context, RawDocument request, string database)
    {
        var mechanism = request["mechanism"] is { Type: BsonType.String } name ? name.AsString : "";
        if (mechanism is not (ScramCredential.Sha1 or ScramCredential.Sha256))
        {
            throw new CommandException(
                ErrorCode.MechanismUnavailable,
                $"Received authentication for mechanism {mechanism} which is not enabled"
            );
        }

        var skips =
            request["options"] is { Type: BsonType.Document } options
            && options.AsDocument["skipEmptyExchange"].IsTruthy();
        var users = context.Member.Users;
        context.Client.Exchange = new ScramExchange(
            user =>
                new AuthenticatedUser(user, database) == AuthenticatedUser.System ? OfTheCluster(context, mechanism)
                : users.Find(user, database) is { } stored
                && MayLogIn(context, stored)
                && stored["credentials"].AsDocument[mechanism] is { Type: BsonType.Document } credential
                    ? ScramCredential.Parse(mechanism, credential.AsDocument)
                : null,
            database,
            skips
        );
        return Continue(context, request);
    }

    /// <summary>Begins a login inside a hello; a failure there says nothing.</summary>
    internal static RawDocument? TryStart(CommandContext context, RawDocument request, string database)
    {
        try
        {
            return request.Has("authenticate")
                ? Certificate(context, request).Build()
                : Start(context, request, database).Build();
        }
        catch (CommandException)
        {
            context.Client.Exchange = null;
            return null;
        }
    }

    /// <summary>Takes the next message of a login.</summary>
    internal static DocumentBuilder Continue(CommandContext context, RawDocument request)
    {
        var exchange =
            context.Client.Exchange
            ?? throw new CommandException(ErrorCode.ProtocolError, "No SASL session state found");
        try
        {
            var payload = request["payload"] is { Type: BsonType.Binary } bytes ? bytes.BinaryData : default;
            var answer = exchange.Continue(payload);
            if (exchange.IsProven)
            {
                context.Client.User = exchange.User;
            }

            if (exchange.IsDone)
            {
                context.Client.Exchange = null;
            }

            return new()
            {
                { "conversationId", 1 },
                { "done", exchange.IsDone },
                { "payload", RawValue.Binary(answer.Span) },
            };
        }
        catch (CommandException)
        {
            context.Client.Exchange = null;
            throw;
        }
    }

    /// <summary>Logs in the holder of the connection's certificate.</summary>
    internal static DocumentBuilder Certificate(CommandContext context, RawDocument request)
    {
        var mechanism = request["mechanism"] is { Type: BsonType.String } name ? name.AsString : "";
        if (mechanism != X509)
        {
            throw new CommandException(
                ErrorCode.MechanismUnavailable,
                $"Received authentication for mechanism {mechanism} which is not enabled"
            );
        }

        var subject = context.Client.CertificateSubject?.Replace(", ", ",", StringComparison.Ordinal);
        if (
            subject is null
            || context.Member.Users.Find(subject, "$external") is not { } stored
            || !MayLogIn(context, stored)
        )
        {
            throw new CommandException(ErrorCode.AuthenticationFailed, "Authentication failed.");
        }

        context.Client.User = new(subject, "$external");
        return new() { { "dbname", "$external" }, { "user", subject } };
    }

    // Without a key file nobody is of the cluster.
    private static ScramCredential? OfTheCluster(CommandContext context, string mechanism) =>
        mechanism == ScramCredential.Sha256 ? context.Member.Options.Key?.Stored : null;

    // The user's own restrictions and those of each of the roles must let the client in.
    private static bool MayLogIn(CommandContext context, RawDocument user) =>
        AuthenticationRestrictions.Allow(user["authenticationRestrictions"], context.Client)
        && context
            .Member.Roles.Resolve(RoleDirectory.NamesOf(user))
            .Restrictions.All(restrictions => AuthenticationRestrictions.Allow(restrictions, context.Client));
}

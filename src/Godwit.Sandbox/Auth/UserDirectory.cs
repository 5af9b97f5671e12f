using System.Net;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Auth;

/// <summary>The users of a member's data (<c>admin.system.users</c>), and what each may do.</summary>
internal sealed class UserDirectory(Member member)
{
    /// <summary>Where users are kept.</summary>
    internal static readonly Namespace Collection = new("admin", "system.users");

    /// <summary>The server itself: may do everything, is counted nowhere.</summary>
    internal Client Server { get; } =
        new(0, new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, 0)) { IsServer = true };

    /// <summary>All users.</summary>
    internal IReadOnlyList<RawDocument> All
    {
        get
        {
            using var view = member.Node.View();
            return view.Catalog.Find(Collection) is { } collection
                ? [.. new CollectionReader(view, collection).Scan().Select(record => record.Document)]
                : [];
        }
    }

    /// <summary>A user by name and database.</summary>
    internal RawDocument? Find(string name, string database)
    {
        using var view = member.Node.View();
        return view.Catalog.Find(Collection) is { } collection
            ? new CollectionReader(view, collection).FindById($"{database}.{name}")?.Document
            : null;
    }

    /// <summary>The roles of a user who is logged in.</summary>
    internal IReadOnlyList<RoleName> RolesOf(AuthenticatedUser user) =>
        Find(user.Name, user.Database) is { } stored && stored["roles"] is { Type: BsonType.Array } roles
            ? [.. roles.AsDocument.Values().Select(role => RoleName.Parse(role, user.Database))]
            : [];

    /// <summary>Refuses a command its client may not run.</summary>
    internal void Authorize(CommandContext context, ICommand command)
    {
        var client = context.Client;
        if (!member.Options.IsAuthRequired || !command.Traits.RequiresAuthentication || client.IsServer)
        {
            return;
        }

        if (client.User is not { } user)
        {
            if (command.Traits.Name is "createUser" && All.Count == 0)
            {
                return;
            }

            throw new CommandException(
                ErrorCode.Unauthorized,
                $"Command {context.Request.Name} requires authentication"
            );
        }

        var first = context.Body.First().Value;
        var isUsers =
            context.Database == "admin" && first.Type == BsonType.String && first.AsString == Collection.Collection;
        var needed = RightsOfCommands.For(command.Traits.Name, context.Database, isUsers);
        if (
            needed != Rights.None
            && !RolesOf(user).Any(role => (BuiltinRoles.RightsOn(role, context.Database) & needed) != 0)
        )
        {
            throw new CommandException(
                ErrorCode.Unauthorized,
                $"not authorized on {context.Database} to execute command {context.Body}"
            );
        }
    }

    /// <summary>
    /// Whether a client's writes pass user write blocking: it has logged in and may. Where nobody must log in, whoever has is taken
    /// to have every right.
    /// </summary>
    internal bool MayBypassWriteBlock(Client client) =>
        client.IsServer
        || (
            client.User is { } user
            && (
                !member.Options.IsAuthRequired
                || RolesOf(user).Any(role => (BuiltinRoles.RightsOn(role, "admin") & Rights.BlockWrites) != 0)
            )
        );

    /// <summary>Runs a write on the users as the server itself.</summary>
    internal async ValueTask<RawDocument> RunAsync(DocumentBuilder command, CancellationToken cancellationToken)
    {
        var outcome = await member
            .Dispatcher.ExecuteAsync(new(command.Build(), Collection.Database), Server, cancellationToken)
            .ConfigureAwait(false);
        var reply = outcome.Reply ?? RawDocument.Empty;
        if (reply["ok"].ToInt64() != 1)
        {
            throw new CommandException((ErrorCode)(reply["code"].ToInt64() ?? 1), reply["errmsg"].AsString);
        }

        return reply;
    }

    /// <summary>Makes the first user, with all rights, unless the data have it already.</summary>
    internal async Task CreateFirstAsync(SandboxCredential credential, CancellationToken cancellationToken)
    {
        if (Find(credential.User, "admin") is null)
        {
            var user = UserDocuments.New(
                credential.User,
                "admin",
                credential.Password,
                [ScramCredential.Sha1, ScramCredential.Sha256],
                [new RoleName("root", "admin")]
            );
            _ = await RunAsync(
                    new() { { "insert", Collection.Collection }, { "documents", new ArrayBuilder { user }.Build() } },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
    }

    /// <summary>Adds to a hello reply the mechanisms of a user and the beginning of a login, where it asks for them.</summary>
    internal void AppendHello(DocumentBuilder reply, CommandContext context)
    {
        if (context.Body["saslSupportedMechs"] is { Type: BsonType.String } asked)
        {
            var name = Namespace.Parse(asked.AsString);
            if (Find(name.Collection, name.Database) is { } user)
            {
                reply.Add("saslSupportedMechs", UserDocuments.Mechanisms(user));
            }
        }

        if (context.Body["speculativeAuthenticate"] is { Type: BsonType.Document } speculative)
        {
            var document = speculative.AsDocument;
            var database = document["db"] is { Type: BsonType.String } db ? db.AsString : "admin";
            if (Login.TryStart(context, document, database) is { } answer)
            {
                reply.Add("speculativeAuthenticate", answer);
            }
        }
    }
}

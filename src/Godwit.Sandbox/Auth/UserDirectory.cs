using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Auth;

/// <summary>The users of a member's data (<c>admin.system.users</c>).</summary>
internal sealed class UserDirectory(Member member)
{
    /// <summary>Where users are kept.</summary>
    internal static readonly Namespace Collection = new("admin", "system.users");

    /// <summary>All users.</summary>
    internal IReadOnlyList<RawDocument> All
    {
        get
        {
            return member.Authority.Read(node =>
            {
                using var view = node.View();
                return view.Catalog.Find(Collection) is { } collection
                    ? new CollectionReader(view, collection).Scan().Select(record => record.Document).ToList()
                    : [];
            });
        }
    }

    /// <summary>A user by name and database.</summary>
    internal RawDocument? Find(string name, string database) =>
        member.Authority.Read(node => node.Find(Collection, $"{database}.{name}"));

    /// <summary>Makes the first user, with all rights, unless the data have it already.</summary>
    internal async Task CreateFirstAsync(SandboxCredential credential, CancellationToken cancellationToken)
    {
        if (Find(credential.User, "admin") is null)
        {
            var credentials = UserDocuments.Credentials(
                credential.User,
                credential.Password,
                [ScramCredential.Sha1, ScramCredential.Sha256]
            );
            var user = UserDocuments.New(credential.User, "admin", credentials, [new RoleName("root", "admin")]);
            await member.Writes.InsertAsync(Collection, user, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Adds to a hello reply the mechanisms of a user and the beginning of a login, where it asks for them.</summary>
    internal void AppendHello(DocumentBuilder reply, CommandContext context)
    {
        if (context.Body["saslSupportedMechs"] is { Type: BsonType.String } asked)
        {
            var name = Namespace.Parse(asked.AsString);
            if (new AuthenticatedUser(name.Collection, name.Database) == AuthenticatedUser.System)
            {
                reply.Add("saslSupportedMechs", RawValue.Array([RawValue.String(ScramCredential.Sha256)]));
            }
            else if (Find(name.Collection, name.Database) is { } user)
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

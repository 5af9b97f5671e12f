using Godwit.Bson;
using Godwit.Sandbox.Auth;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary><c>killCursors</c>: closes cursors by id.</summary>
internal sealed class KillCursorsCommand : SynchronousCommand
{
    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("killCursors")
        {
            FieldOwner = "KillCursorsCommandRequest",
            Fields = CommandTraits.FieldSet("cursors"),
            OnSecondary = SecondaryUse.Always,
            RunsInTransaction = true,
            IsInApiVersion1 = true,
            Help = "Kill a list of cursor ids",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        var ns = context.Collection();
        var ids = context.Arguments.Array("cursors") ?? throw CommandErrors.MissingField(Traits.FieldOwner, "cursors");
        var killed = new ArrayBuilder();
        var notFound = new ArrayBuilder();
        foreach (var id in ids)
        {
            if (id.Type != BsonType.Int64)
            {
                throw CommandErrors.WrongType(Traits.FieldOwner, "cursors", id, "long");
            }

            CheckMayKill(context, ns, id.AsInt64);
            (context.Member.Cursors.Kill(id.AsInt64) ? killed : notFound).Add(id);
        }

        return new DocumentBuilder
        {
            { "cursorsKilled", killed.Build() },
            { "cursorsNotFound", notFound.Build() },
            { "cursorsAlive", new ArrayBuilder().Build() },
            { "cursorsUnknown", new ArrayBuilder().Build() },
        }.Build();
    }

    // One's own cursors one may always close.
    private static void CheckMayKill(CommandContext context, Namespace ns, long id)
    {
        var (member, client) = (context.Member, context.Client);
        var isForeign = member.Cursors.Open.Any(cursor => cursor.Id == id && cursor.Owner != client.User);
        if (
            isForeign
            && !member.Authorizer.Allows(client, new(Resource.Of(ns), "killCursors"))
            && !member.Authorizer.Allows(client, new(Resource.Cluster, "killAnyCursor"))
        )
        {
            throw new CommandException(ErrorCode.Unauthorized, $"not authorized on {ns.Database} to kill cursor {id}");
        }
    }
}

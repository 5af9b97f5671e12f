using Godwit.Bson;

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
        _ = context.Collection();
        var ids = context.Arguments.Array("cursors") ?? throw CommandErrors.MissingField(Traits.FieldOwner, "cursors");
        var killed = new ArrayBuilder();
        var notFound = new ArrayBuilder();
        foreach (var id in ids)
        {
            if (id.Type != BsonType.Int64)
            {
                throw CommandErrors.WrongType(Traits.FieldOwner, "cursors", id, "long");
            }

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
}

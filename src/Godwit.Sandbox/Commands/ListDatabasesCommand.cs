using Godwit.Bson;
using Godwit.Sandbox.Auth;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Commands;

/// <summary><c>listDatabases</c>: the databases that have a collection.</summary>
internal sealed class ListDatabasesCommand : SynchronousCommand
{
    private const long EmptyCollectionBytes = 4096;

    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("listDatabases")
        {
            Fields = CommandTraits.FieldSet("nameOnly", "filter", "authorizedDatabases"),
            IsAdminOnly = true,
            OnSecondary = SecondaryUse.OptIn,
            IsInApiVersion1 = true,
            NamesCollection = false,
            Help = "list databases",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        var nameOnly = context.Arguments.BooleanOrNumber("nameOnly") ?? false;
        var matches = Filtering.Of(context.Arguments.Document("filter") ?? RawDocument.Empty);
        var databases = Visible(context).Select(name => Describe(context.Node, name, nameOnly)).Where(matches).ToList();
        var reply = new DocumentBuilder { { "databases", RawValue.Array(databases.Select(RawValue.Document)) } };
        if (!nameOnly)
        {
            var total = databases.Sum(document => document["sizeOnDisk"].AsInt64);
            reply.Add("totalSize", total).Add("totalSizeMb", total / (1024 * 1024));
        }

        return reply.Build();
    }

    // Who may not list them all sees those in which something is allowed.
    private static IEnumerable<string> Visible(CommandContext context)
    {
        var all = context.Node.Catalog.Latest.Databases;
        var onlyAuthorized = context.Arguments.Boolean("authorizedDatabases");
        var mayList = context.Member.Authorizer.Allows(context.Client, new(Resource.Cluster, "listDatabases"));
        if (mayList && onlyAuthorized != true)
        {
            return all;
        }

        return !mayList && onlyAuthorized == false
            ? throw new CommandException(ErrorCode.Unauthorized, "Insufficient permissions to list all databases")
            : all.Where(database =>
                !context.Member.Options.IsAuthRequired
                || context.Member.Authorizer.RolesOf(context.Client)?.Privileges.AllowsAnythingIn(database) == true
            );
    }

    private static RawDocument Describe(Node node, string name, bool nameOnly)
    {
        var builder = new DocumentBuilder { { "name", name } };
        if (!nameOnly)
        {
            var size = node
                .Catalog.Latest.InDatabase(name)
                .Sum(collection => EmptyCollectionBytes + node.Sizes[collection.Ident].Bytes);
            builder.Add("sizeOnDisk", size).Add("empty", false);
        }

        return builder.Build();
    }
}

using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Auth;

/// <summary>
/// <c>_mergeAuthzCollections</c>: takes in the users and roles that mongorestore has put into collections of its own. Those that are there
/// already stay as they are; with <c>drop</c> they are replaced, and others go (user_management_commands.cpp).
/// </summary>
internal static class AuthzMerge
{
    /// <summary>Runs it.</summary>
    internal static async ValueTask<DocumentBuilder> RunAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var arguments = context.Arguments;
        var users = arguments.String("tempUsersCollection") ?? "";
        var roles = arguments.String("tempRolesCollection") ?? "";
        var database = arguments.String("db") ?? "";
        var drops = arguments.Boolean("drop") ?? false;
        if (users.Length == 0 && roles.Length == 0)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                "Must provide at least one of \"tempUsersCollection\" and \"tempRolescollection\""
            );
        }

        if (users.Length > 0)
        {
            await MergeAsync(
                    context,
                    Namespace.Parse(users),
                    UserDirectory.Collection,
                    database,
                    drops,
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        if (roles.Length > 0)
        {
            await MergeAsync(
                    context,
                    Namespace.Parse(roles),
                    RoleDirectory.Collection,
                    database,
                    drops,
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        return [];
    }

    private static async ValueTask MergeAsync(
        CommandContext context,
        Namespace from,
        Namespace into,
        string database,
        bool drops,
        CancellationToken cancellationToken
    )
    {
        var kept = Documents(context.Node, from).Where(IsMeant).ToList();
        var before = Documents(context.Node, into).Where(IsMeant).ToList();
        foreach (
            var document in kept.Where(document => drops || !before.Exists(known => known["_id"] == document["_id"]))
        )
        {
            await context.Member.Writes.PutAsync(into, document, cancellationToken).ConfigureAwait(false);
        }

        foreach (var gone in before.Where(known => drops && !kept.Exists(other => other["_id"] == known["_id"])))
        {
            _ = await context
                .Member.Writes.DeleteAsync(into, new() { { "_id", gone["_id"] } }, cancellationToken)
                .ConfigureAwait(false);
        }

        bool IsMeant(RawDocument document) => database.Length == 0 || document["db"] == database;
    }

    private static List<RawDocument> Documents(Node node, Namespace ns)
    {
        using var view = node.View();
        return view.Catalog.Find(ns) is { } collection
            ? [.. new CollectionReader(view, collection).Scan().Select(record => record.Document)]
            : [];
    }
}

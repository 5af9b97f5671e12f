using Godwit.Bson;

namespace Godwit.Sandbox.Auth;

/// <summary>What commands on collections need where one action is not the whole of it.</summary>
internal static class CatalogRights
{
    /// <summary>
    /// The needs of a create: to create or to insert; for a view, to create, and to read what it shows; for a capped collection, to
    /// cap as well.
    /// </summary>
    internal static IEnumerable<Need> Create(RightsQuery query)
    {
        var target = query.Target;
        var needs = new List<Need>();
        if (query.Body["capped"].IsTruthy())
        {
            needs.Add(Need.Of(target, "convertToCapped"));
        }

        if (query.Text("viewOn") is { Length: > 0 } source)
        {
            needs.Add(Need.Of(target, "createCollection"));
            var shown = Resource.Exact(query.Database, source);
            PipelineRights.AddPipeline(needs, shown, query.Body["pipeline"], bypassesValidation: false);
        }
        else
        {
            needs.Add(new([new Privilege(target, "createCollection")], [new Privilege(target, "insert")]));
        }

        return needs;
    }

    /// <summary>The needs of a rename: within a database an action of its own is enough.</summary>
    internal static IEnumerable<Need> Rename(RightsQuery query)
    {
        var from = Namespace.Parse(query.Text("renameCollection"));
        var to = Namespace.Parse(query.Text("to"));
        var (source, target) = (Resource.Of(from), Resource.Of(to));
        string[] dropping = query.Body["dropTarget"].IsTruthy() ? ["dropCollection"] : [];
        IReadOnlyList<Privilege> copying =
        [
            new(source, "find", "dropCollection"),
            new(target, ["insert", "createIndex", .. dropping]),
        ];
        return from.Database == to.Database
            ? [new(copying, [new(Resource.OfDatabase(from.Database), "renameCollectionSameDB"), new(target, dropping)])]
            : [new(copying)];
    }

    /// <summary>The needs of copying a collection to a capped one.</summary>
    internal static IEnumerable<Need> CloneAsCapped(RightsQuery query) =>
        [
            Need.Of(Resource.Exact(query.Database, query.Text("cloneCollectionAsCapped")), "find"),
            Need.Of(
                Resource.Exact(query.Database, query.Text("toCollection")),
                "insert",
                "createIndex",
                "convertToCapped"
            ),
        ];

    /// <summary>
    /// The needs of listing collections: to list them; the names of those one may see are given to whoever may do anything there.
    /// </summary>
    internal static IEnumerable<Need> ListCollections(RightsQuery query) =>
        query.Body["nameOnly"].IsTruthy()
        && query.Body["authorizedCollections"].IsTruthy()
        && query.Context.Member.Authorizer.RolesOf(query.Context.Client)?.Privileges.AllowsAnythingIn(query.Database)
            == true
            ? []
            : [Need.Of(query.WholeDatabase, "listCollections")];
}

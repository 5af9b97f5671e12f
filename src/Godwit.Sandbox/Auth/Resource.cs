using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Auth;

/// <summary>What a privilege covers, or what a command works on.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Database">The database, where the kind names one.</param>
/// <param name="Collection">The collection, where the kind names one.</param>
internal readonly record struct Resource(ResourceKind Kind, string Database = "", string Collection = "")
{
    private const string BucketsPrefix = "system.buckets.";

    /// <summary>The cluster.</summary>
    internal static readonly Resource Cluster = new(ResourceKind.Cluster);

    /// <summary>Everything.</summary>
    internal static readonly Resource Any = new(ResourceKind.Any);

    /// <summary>All normal collections.</summary>
    internal static readonly Resource AnyNormal = new(ResourceKind.AnyNormal);

    /// <summary>All buckets of time-series collections.</summary>
    internal static readonly Resource AnyBuckets = new(ResourceKind.SystemBuckets);

    /// <summary>A database.</summary>
    internal static Resource OfDatabase(string database) => new(ResourceKind.Database, database);

    /// <summary>The collections of a name in all databases.</summary>
    internal static Resource OfName(string collection) => new(ResourceKind.CollectionName, "", collection);

    /// <summary>One collection.</summary>
    internal static Resource Exact(string database, string collection) => new(ResourceKind.Exact, database, collection);

    /// <summary>One collection.</summary>
    internal static Resource Of(Namespace ns) =>
        ns.Collection.Length == 0 ? OfDatabase(ns.Database) : Exact(ns.Database, ns.Collection);

    /// <summary>Whether a privilege on this is one on what a command works on.</summary>
    internal bool Covers(Resource target) =>
        Kind == ResourceKind.Any
        || this == target
        || target.Kind switch
        {
            ResourceKind.Database => Kind == ResourceKind.AnyNormal && IsNormal(target.Database),
            ResourceKind.Exact when target.Collection.StartsWith(BucketsPrefix, StringComparison.Ordinal) =>
                CoversBuckets(target),
            ResourceKind.Exact => CoversCollection(target),
            _ => false,
        };

    /// <summary>Reads the <c>resource</c> of a privilege.</summary>
    internal static Resource Parse(RawDocument document)
    {
        if (document["cluster"].IsTruthy())
        {
            return Cluster;
        }

        if (document["anyResource"].IsTruthy())
        {
            return Any;
        }

        var database = document["db"];
        if (document["system_buckets"] is { Type: BsonType.String } buckets)
        {
            return new(ResourceKind.SystemBuckets, Text(database), buckets.AsString);
        }

        var collection = document["collection"];
        if (database.Type != BsonType.String || collection.Type != BsonType.String)
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                "resource pattern must have both db and collection, cluster, anyResource or system_buckets: " + document
            );
        }

        return (database.AsString, collection.AsString) switch
        {
            ("", "") => AnyNormal,
            ("", var name) => OfName(name),
            (var name, "") => OfDatabase(name),
            var (db, name) => Exact(db, name),
        };
    }

    /// <summary>The form clients see.</summary>
    internal RawDocument ToDocument()
    {
        var document = new DocumentBuilder();
        switch (Kind)
        {
            case ResourceKind.Cluster:
                document.Add("cluster", true);
                break;
            case ResourceKind.Any:
                document.Add("anyResource", true);
                break;
            case ResourceKind.SystemBuckets:
                if (Database.Length > 0)
                {
                    document.Add("db", Database);
                }

                document.Add("system_buckets", Collection);
                break;
            default:
                document.Add("db", Database).Add("collection", Collection);
                break;
        }

        return document.Build();
    }

    private static bool IsNormal(string database) => database is not ("local" or "config");

    private static bool IsNormal(Resource target) =>
        !target.Collection.StartsWith("system.", StringComparison.Ordinal)
        && !(target.Database == "local" && target.Collection.StartsWith("replset.", StringComparison.Ordinal));

    private static string Text(RawValue value) => value.Type == BsonType.String ? value.AsString : "";

    private bool CoversCollection(Resource target) =>
        Kind switch
        {
            ResourceKind.AnyNormal => IsNormal(target) && IsNormal(target.Database),
            ResourceKind.Database => IsNormal(target) && Database == target.Database,
            ResourceKind.CollectionName => Collection == target.Collection,
            _ => false,
        };

    private bool CoversBuckets(Resource target) =>
        Kind == ResourceKind.SystemBuckets
        && (Database.Length == 0 || Database == target.Database)
        && (Collection.Length == 0 || Collection == target.Collection[BucketsPrefix.Length..]);
}

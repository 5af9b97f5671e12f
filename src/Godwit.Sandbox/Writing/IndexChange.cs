using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Writing;

/// <summary>The <c>index</c> argument of <c>collMod</c>: TTL, hidden, and the way from plain to unique and back (S25).</summary>
internal sealed class IndexChange(WriteOperation operation, CollectionInfo collection, RawDocument change, bool dryRun)
{
    private const string Owner = "collMod.index";
    private static readonly (string Field, string Type)[] Types =
    [
        ("expireAfterSeconds", "long"),
        ("hidden", "bool"),
        ("unique", "bool"),
        ("prepareUnique", "bool"),
    ];

    private static readonly string[] Known =
    [
        "name",
        "keyPattern",
        "expireAfterSeconds",
        "hidden",
        "unique",
        "prepareUnique",
        "forceNonUnique",
    ];

    private readonly CommandArguments arguments = new(change, Owner);

    /// <summary>What the oplog says of the change; <see langword="null"/> if nothing changed.</summary>
    internal RawDocument? LoggedChange { get; private set; }

    /// <summary>What it says of the index before.</summary>
    internal RawDocument LoggedOld { get; private set; }

    /// <summary>Applies the change and tells it in the reply.</summary>
    internal CollectionInfo Apply(DocumentBuilder reply)
    {
        CheckFields();
        var index = Find();
        if (dryRun || change["unique"].IsTruthy())
        {
            CheckConvertible(index);
            if (dryRun)
            {
                return collection;
            }
        }

        var logged = new DocumentBuilder { { "name", index.Name } };
        var old = new DocumentBuilder();
        var spec = index.Spec;
        var before = logged.Length;
        spec = ApplyExpiry(index, spec, reply, logged, old);
        spec = ApplyHidden(index, spec, reply, logged, old);
        spec = ApplyUnique(index, spec, reply, logged);
        spec = ApplyPrepareUnique(index, spec, reply, logged, old);
        spec = ApplyForceNonUnique(index, spec, reply, logged);
        if (logged.Length > before)
        {
            LoggedChange = logged.Build();
            LoggedOld = old.Build();
        }

        return collection.With(
            index with
            {
                Spec = spec,
                Rank = LoggedChange is null ? index.Rank : collection.Indexes.Max(other => other.Rank) + 1,
            }
        );
    }

    private void CheckFields()
    {
        foreach (var element in change)
        {
            if (!Known.Contains(element.Name, StringComparer.Ordinal))
            {
                throw CommandErrors.UnknownField(Owner, element.Name);
            }
        }

        var (name, pattern) = (arguments.String("name"), arguments.Document("keyPattern"));
        if (name is not null && pattern is not null)
        {
            throw Invalid("Cannot specify both key pattern and name.");
        }

        if (name is null && pattern is null)
        {
            throw Invalid("Must specify either index name or key pattern.");
        }

        if (
            !change.Has("expireAfterSeconds")
            && !change.Has("hidden")
            && !change.Has("unique")
            && !change.Has("prepareUnique")
            && !change.Has("forceNonUnique")
        )
        {
            throw Invalid("no expireAfterSeconds, hidden, unique, or prepareUnique field");
        }

        foreach (var (field, type) in Types)
        {
            var value = change[field];
            if (!value.IsMissing && !value.IsNumber && !(type == "bool" && value.Type == BsonType.Boolean))
            {
                throw CommandErrors.WrongType("collMod.index", field, value, type);
            }
        }

        if (change.Has("prepareUnique") && change.Count() > 2)
        {
            throw Invalid("prepareUnique cannot be combined with any other modification.");
        }
    }

    private IndexInfo Find()
    {
        if (arguments.String("name") is { } name)
        {
            return collection.FindIndex(name) ?? throw NotFound(name);
        }

        var pattern = arguments.RequiredDocument("keyPattern");
        var found = collection.Indexes.Where(index => IndexCatalog.SameKey(index.Key, pattern)).ToList();
        return found.Count switch
        {
            0 => throw NotFound(pattern.ToString()),
            1 => found[0],
            _ => throw new CommandException(
                ErrorCode.AmbiguousIndexKeyPattern,
                $"index keyPattern {pattern} matches {found.Count} indexes, must use index name. Conflicting indexes:{string.Join(", ", found.Select(index => index.Spec))}"
            ),
        };
    }

    private RawDocument ApplyExpiry(
        IndexInfo index,
        RawDocument spec,
        DocumentBuilder reply,
        DocumentBuilder logged,
        DocumentBuilder old
    )
    {
        if (change["expireAfterSeconds"].ToInt64() is not { } seconds)
        {
            return spec;
        }

        if (index.IsIdIndex)
        {
            throw Invalid("the _id field does not support TTL indexes");
        }

        if (index.Key.Count() > 1)
        {
            throw Invalid("TTL indexes are single-field indexes, compound indexes do not support TTL");
        }

        logged.Add("expireAfterSeconds", seconds);
        if (spec["expireAfterSeconds"].ToInt64() is { } previous)
        {
            old.Add("expireAfterSeconds", previous);
            reply.Add("expireAfterSeconds_old", previous);
        }

        reply.Add("expireAfterSeconds_new", seconds);
        return Set(spec, "expireAfterSeconds", seconds);
    }

    private RawDocument ApplyHidden(
        IndexInfo index,
        RawDocument spec,
        DocumentBuilder reply,
        DocumentBuilder logged,
        DocumentBuilder old
    )
    {
        if (!change.Has("hidden"))
        {
            return spec;
        }

        if (index.IsIdIndex)
        {
            throw new CommandException(ErrorCode.BadValue, "can't hide _id index");
        }

        var hidden = change["hidden"].IsTruthy();
        if (hidden == index.IsHidden)
        {
            return spec;
        }

        if (hidden && Sharding.ShardKeyIndexes.IsLast(operation, collection, index))
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "Can't hide the only compatible index for this collection's shard key"
            );
        }

        logged.Add("hidden", hidden);
        old.Add("hidden", !hidden);
        reply.Add("hidden_old", !hidden).Add("hidden_new", hidden);
        return hidden ? Set(spec, "hidden", true) : CatalogWriter.Without(spec, "hidden");
    }

    private RawDocument ApplyUnique(IndexInfo index, RawDocument spec, DocumentBuilder reply, DocumentBuilder logged)
    {
        if (!change.Has("unique"))
        {
            return spec;
        }

        if (!change["unique"].IsTruthy())
        {
            throw new CommandException(ErrorCode.BadValue, "Cannot make index non-unique");
        }

        if (index.IsUnique)
        {
            return spec;
        }

        logged.Add("unique", true);
        reply.Add("unique_new", true);
        return Set(CatalogWriter.Without(spec, "prepareUnique"), "unique", true);
    }

    private RawDocument ApplyPrepareUnique(
        IndexInfo index,
        RawDocument spec,
        DocumentBuilder reply,
        DocumentBuilder logged,
        DocumentBuilder old
    )
    {
        if (!change.Has("prepareUnique"))
        {
            return spec;
        }

        var prepare = change["prepareUnique"].IsTruthy();
        if (prepare == index.IsPrepareUnique || index.IsUnique)
        {
            return spec;
        }

        logged.Add("prepareUnique", prepare);
        old.Add("prepareUnique", !prepare);
        reply.Add("prepareUnique_old", !prepare).Add("prepareUnique_new", prepare);
        return prepare ? Set(spec, "prepareUnique", true) : CatalogWriter.Without(spec, "prepareUnique");
    }

    private RawDocument ApplyForceNonUnique(
        IndexInfo index,
        RawDocument spec,
        DocumentBuilder reply,
        DocumentBuilder logged
    )
    {
        if (!change["forceNonUnique"].IsTruthy() || !index.IsUnique)
        {
            return spec;
        }

        logged.Add("forceNonUnique", true);
        reply.Add("forceNonUnique_new", true);
        return CatalogWriter.Without(spec, "unique");
    }

    private void CheckConvertible(IndexInfo index)
    {
        if (dryRun && (!change["unique"].IsTruthy() || change.Count() > 2))
        {
            throw Invalid("dryRun mode requires an index modification with unique: true.");
        }

        if (index.IsUnique)
        {
            return;
        }

        if (!index.IsPrepareUnique)
        {
            throw Invalid("Cannot make index unique with 'prepareUnique=false'. Run collMod to set it first.");
        }

        var violations = new UniqueViolations(operation.Reader(collection), index).Find();
        if (violations.Count > 0)
        {
            throw new CommandException(
                ErrorCode.CannotConvertIndexToUnique,
                "Cannot convert the index to unique. Please resolve conflicting documents before running collMod again.",
                new DocumentBuilder { { "violations", violations.Build() } }.Build()
            );
        }
    }

    private static RawDocument Set(RawDocument spec, string field, RawValue value)
    {
        var builder = new DocumentBuilder(spec.Length + 32);
        var isSet = false;
        foreach (var element in spec)
        {
            if (element.NameIs(field))
            {
                isSet = true;
                builder.Add(field, value);
            }
            else
            {
                builder.Add(element);
            }
        }

        return isSet ? builder.Build() : builder.Add(field, value).Build();
    }

    private CommandException NotFound(string which) =>
        new(ErrorCode.IndexNotFound, $"cannot find index {which} for ns {collection.Namespace}");

    private static CommandException Invalid(string message) => new(ErrorCode.InvalidOptions, message);
}

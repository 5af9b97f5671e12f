using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Catalog;

/// <summary>The options of <c>create</c>, checked and brought into the form and order the catalog keeps.</summary>
internal static class CollectionOptions
{
    private static readonly string[] Plain =
    [
        "storageEngine",
        "indexOptionDefaults",
        "validator",
        "validationLevel",
        "validationAction",
    ];

    /// <summary>The stored form of the options in a <c>create</c> command.</summary>
    internal static RawDocument Parse(CommandArguments arguments)
    {
        Check(arguments);
        var options = new DocumentBuilder();
        AddCapped(options, arguments);
        if (arguments["autoIndexId"] is { IsMissing: false } autoIndexId)
        {
            options.Add("autoIndexId", autoIndexId.IsTruthy());
        }

        if (arguments["temp"].IsTruthy())
        {
            options.Add("temp", true);
        }

        if (arguments.Document("changeStreamPreAndPostImages") is { } images && images["enabled"].IsTruthy())
        {
            options.Add("changeStreamPreAndPostImages", images);
        }

        foreach (var name in Plain)
        {
            options.Add(name, arguments[name]);
        }

        if (arguments.Document("collation") is { } collation && CollationSpec.Complete(collation) is { } complete)
        {
            options.Add("collation", complete);
        }

        AddClustered(options, arguments);
        if (arguments["expireAfterSeconds"] is { IsMissing: false } seconds)
        {
            options.Add("expireAfterSeconds", seconds.ToInt64() ?? 0L);
        }

        return options.Add("encryptedFields", arguments["encryptedFields"]).Build();
    }

    /// <summary>What a time-series collection may have besides its own options.</summary>
    internal static RawDocument ParseOfSeries(CommandArguments arguments)
    {
        foreach (
            var name in (string[])
                ["capped", "size", "max", "autoIndexId", "validator", "viewOn", "pipeline", "clusteredIndex"]
        )
        {
            if (arguments.Has(name) && arguments[name] is not { Type: BsonType.Boolean, AsBoolean: false })
            {
                throw Invalid($"'{name}' is not allowed with 'timeseries'");
            }
        }

        var options = new DocumentBuilder
        {
            { "storageEngine", arguments["storageEngine"] },
            { "indexOptionDefaults", arguments["indexOptionDefaults"] },
        };
        if (arguments.Document("collation") is { } collation && CollationSpec.Complete(collation) is { } complete)
        {
            options.Add("collation", complete);
        }

        return options
            .Add(
                "expireAfterSeconds",
                arguments["expireAfterSeconds"].ToInt64() is { } seconds ? seconds : RawValue.Missing
            )
            .Build();
    }

    /// <summary>The stored form of a view: what it stands on and how.</summary>
    internal static RawDocument ParseView(CommandArguments arguments)
    {
        var options = new DocumentBuilder
        {
            { "viewOn", arguments.RequiredString("viewOn") },
            { "pipeline", arguments["pipeline"].IsMissing ? RawValue.Array([]) : arguments["pipeline"] },
        };
        if (arguments.Document("collation") is { } collation && CollationSpec.Complete(collation) is { } complete)
        {
            options.Add("collation", complete);
        }

        return options.Build();
    }

    private static void Check(CommandArguments arguments)
    {
        var isCapped = arguments["capped"].IsTruthy();
        if (isCapped && !arguments.Has("size"))
        {
            throw Invalid("the 'size' field is required when 'capped' is true");
        }

        if (!isCapped && (arguments.Has("size") || arguments.Has("max")) && !arguments.Has("autoIndexId"))
        {
            throw Invalid("the 'capped' field needs to be true when either the 'size' or 'max' fields are present");
        }

        if (arguments.Has("expireAfterSeconds") && !arguments.Has("clusteredIndex"))
        {
            throw Invalid("'expireAfterSeconds' requires either 'timeseries' or 'clusteredIndex'");
        }

        if (arguments.Has("pipeline") && !arguments.Has("viewOn"))
        {
            throw Invalid("'pipeline' requires 'viewOn' to also be specified");
        }
    }

    private static void AddCapped(DocumentBuilder options, CommandArguments arguments)
    {
        if (!arguments["capped"].IsTruthy())
        {
            return;
        }

        options.Add("capped", true).Add("size", RawValue.Narrow(arguments["size"].ToInt64() ?? 0));
        if (arguments["max"].ToInt64() is { } max and > 0)
        {
            options.Add("max", RawValue.Narrow(max));
        }
    }

    private static void AddClustered(DocumentBuilder options, CommandArguments arguments)
    {
        var clustered = arguments["clusteredIndex"];
        if (clustered.IsMissing || clustered is { Type: BsonType.Boolean, AsBoolean: false })
        {
            return;
        }

        if (clustered.Type == BsonType.Boolean)
        {
            options.Add("clusteredIndex", true);
            return;
        }

        var spec = clustered.AsDocument;
        var key = spec["key"];
        if (key.Type != BsonType.Document || key.AsDocument.Count() != 1 || !key.AsDocument.First().NameIs("_id"))
        {
            throw new CommandException(
                ErrorCode.InvalidIndexSpecificationOption,
                "The clusteredIndex option is only supported on the _id field"
            );
        }

        if (!spec["unique"].IsTruthy())
        {
            throw new CommandException(5979700, "The clusteredIndex option requires unique: true to be specified");
        }

        options.Add(
            "clusteredIndex",
            new DocumentBuilder
            {
                { "v", 2 },
                { "key", key },
                { "name", spec["name"].IsMissing ? "_id_" : spec["name"] },
                { "unique", true },
            }
        );
    }

    private static CommandException Invalid(string message) => new(ErrorCode.InvalidOptions, message);
}

using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.TimeSeries;

namespace Godwit.Sandbox.Writing;

/// <summary>The changes of one <c>collMod</c> on a collection: options, an index, what the oplog and the reply say of it.</summary>
internal static class CollectionChange
{
    /// <summary>Applies the arguments and gives the reply.</summary>
    internal static RawDocument Apply(WriteOperation operation, CollectionInfo collection, CommandArguments arguments)
    {
        if (arguments.Has("viewOn") || arguments.Has("pipeline"))
        {
            throw Invalid("option only supported on a view: " + (arguments.Has("viewOn") ? "viewOn" : "pipeline"));
        }

        var entry = new DocumentBuilder { { "collMod", collection.Namespace.Collection } };
        var old = new DocumentBuilder
        {
            {
                "collectionOptions_old",
                new DocumentBuilder { { "uuid", RawValue.Uuid(collection.Uuid) } }.AddAll(collection.Options)
            },
        };
        var reply = new DocumentBuilder();
        var changed = collection with { Options = ChangedOptions(collection, arguments, entry) };
        if (arguments.Document("index") is { } change)
        {
            var dryRun = arguments.Boolean("dryRun") ?? false;
            var index = new IndexChange(operation, changed, change, dryRun);
            changed = index.Apply(reply);
            if (dryRun)
            {
                return reply.Build();
            }

            if (index.LoggedChange is { } logged)
            {
                entry.Add("index", logged);
                old.Add("indexOptions_old", index.LoggedOld);
            }
        }

        operation.Unit.CatalogChanges.Add(new(collection, changed));
        operation.LogCommand(collection, entry.Build(), old.Build());
        return reply.Build();
    }

    private static RawDocument ChangedOptions(
        CollectionInfo collection,
        CommandArguments arguments,
        DocumentBuilder entry
    )
    {
        var options = collection.Options;
        foreach (var element in arguments.Body.Skip(1))
        {
            var value = element.Value;
            switch (element.Name)
            {
                case "validator":
                    entry.Add(element);
                    options = SetValidation(options, "validator", value);
                    break;
                case "validationLevel" or "validationAction":
                    entry.Add(element);
                    options = SetValidation(options, element.Name, value);
                    break;
                case "changeStreamPreAndPostImages":
                    entry.Add(element);
                    options = value.AsDocument["enabled"].IsTruthy()
                        ? OptionOrder.Set(options, element.Name, value)
                        : CatalogWriter.Without(options, element.Name);
                    break;
                case "cappedSize" or "cappedMax":
                    options = SetCapped(collection, options, element, entry);
                    break;
                case "expireAfterSeconds":
                    options = SetExpiry(collection, options, value, entry);
                    break;
                case "timeseries" when options["timeseries"] is { Type: BsonType.Document } stored:
                    entry.Add(element);
                    var changed = BucketOptions.FromStored(stored.AsDocument).Changed(value.AsDocument);
                    options = OptionOrder.Set(options, "timeseries", changed.Stored);
                    break;
                case "timeseriesBucketsMayHaveMixedSchemaData" when options.Has("timeseries"):
                    entry.Add(element);
                    options = OptionOrder.Set(options, "storageEngine", MixedSchema(value.IsTruthy()));
                    break;
                case "timeseries" or "timeseriesBucketsMayHaveMixedSchemaData":
                    throw Invalid("option only supported on a time-series collection: " + element.Name);
                default:
                    break;
            }
        }

        return options;
    }

    /// <summary>MongoDB keeps this in the options of its storage engine, where listCollections shows it.</summary>
    private static RawValue MixedSchema(bool isMixed)
    {
        var text = isMixed ? "true" : "false";
        return new DocumentBuilder
        {
            {
                "wiredTiger",
                new DocumentBuilder
                {
                    { "configString", $"app_metadata=(timeseriesBucketsMayHaveMixedSchemaData={text})" },
                }
            },
        };
    }

    private static RawDocument SetValidation(RawDocument options, string field, RawValue value)
    {
        options = OptionOrder.Set(options, field, value);
        foreach (var (name, standard) in new[] { ("validationLevel", "strict"), ("validationAction", "error") })
        {
            if (!options.Has(name))
            {
                options = OptionOrder.Set(options, name, standard);
            }
        }

        return field == "validator" && value.AsDocument.IsEmpty ? CatalogWriter.Without(options, "validator") : options;
    }

    private static RawDocument SetCapped(
        CollectionInfo collection,
        RawDocument options,
        RawElement element,
        DocumentBuilder entry
    )
    {
        if (!collection.IsCapped)
        {
            throw Invalid("Collection must be capped.");
        }

        var number = element.Value.ToInt64() ?? 0;
        entry.Add(element.Name, number);
        return OptionOrder.Set(options, element.Name == "cappedSize" ? "size" : "max", RawValue.Narrow(number));
    }

    private static RawDocument SetExpiry(
        CollectionInfo collection,
        RawDocument options,
        RawValue value,
        DocumentBuilder entry
    )
    {
        if (!collection.IsClustered)
        {
            throw Invalid(
                "'expireAfterSeconds' is only supported on time-series collections or when the 'clusteredIndex' option is specified"
            );
        }

        if (value.Type == BsonType.String)
        {
            entry.Add("expireAfterSeconds", value);
            return CatalogWriter.Without(options, "expireAfterSeconds");
        }

        var seconds = value.ToInt64() ?? 0;
        entry.Add("expireAfterSeconds", seconds);
        return OptionOrder.Set(options, "expireAfterSeconds", seconds);
    }

    private static CommandException Invalid(string message) => new(ErrorCode.InvalidOptions, message);
}

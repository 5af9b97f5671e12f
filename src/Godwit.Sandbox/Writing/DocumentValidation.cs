using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Writing;

/// <summary>The validator of a collection: what it refuses, and what it lets pass for documents that were invalid before.</summary>
internal static class DocumentValidation
{
    /// <summary>Refuses with 121.</summary>
    internal static void Check(
        CommandContext context,
        CollectionInfo collection,
        RawDocument document,
        RawDocument? before
    )
    {
        if (collection.Options["validator"] is not { Type: BsonType.Document } validator)
        {
            return;
        }

        var level = Text(collection.Options["validationLevel"], "strict");
        var action = Text(collection.Options["validationAction"], "error");
        if (level == "off" || action == "warn" || validator.AsDocument.IsEmpty)
        {
            return;
        }

        var reading = QueryContexts.For(context, collection.Collation);
        var filter = Filter.Parse(validator.AsDocument, reading);
        if (filter.Matches(document) || (level == "moderate" && before is { } old && !filter.Matches(old)))
        {
            return;
        }

        throw new CommandException(
            ErrorCode.DocumentValidationFailure,
            "Document failed validation",
            new DocumentBuilder
            {
                {
                    "errInfo",
                    new DocumentBuilder
                    {
                        { "failingDocumentId", document["_id"] },
                        { "details", new FailureDetails(reading, document).Of(validator.AsDocument) },
                    }
                },
            }.Build()
        );
    }

    /// <summary>Refuses options whose validator is no filter, or that have one where none may be.</summary>
    internal static void CheckParses(CommandContext context, Namespace ns, RawDocument options)
    {
        if (options["validator"] is not { Type: BsonType.Document } validator)
        {
            return;
        }

        if (ns.Database is "admin" or "local" or "config")
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                $"Document validators not allowed on internal collection {ns}"
            );
        }

        _ = Parse(context, validator.AsDocument, options);
    }

    private static Filter Parse(CommandContext context, RawDocument validator, RawDocument options)
    {
        var collation = options["collation"] is { Type: BsonType.Document } given ? given.AsDocument : default;
        return Filter.Parse(validator, QueryContexts.For(context, Collations.Of(collation)));
    }

    private static string Text(RawValue value, string standard) =>
        value.Type == BsonType.String ? value.AsString : standard;
}

using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update;

/// <summary>
/// A parsed update of any kind, applied to one document after another. Its forms: <see cref="OperatorProgram"/>,
/// <see cref="ReplacementProgram"/>, <see cref="PipelineProgram"/>.
/// </summary>
internal abstract class UpdateProgram
{
    /// <summary>How the update is written.</summary>
    internal abstract UpdateKind Kind { get; }

    /// <summary>Reads an update, refusing what MongoDB refuses with its codes.</summary>
    internal static UpdateProgram Parse(RawValue update, IReadOnlyList<RawDocument> arrayFilters, UpdateContext context)
    {
        switch (update.Type)
        {
            case BsonType.Array:
                RefuseFilters(arrayFilters, "pipeline-style");
                return PipelineProgram.Parse(update.AsDocument, context);
            case BsonType.Document when IsOperators(update.AsDocument):
                return OperatorProgram.Parse(update.AsDocument, arrayFilters, context);
            case BsonType.Document when context.IsMulti:
                throw new CommandException(
                    ErrorCode.FailedToParse,
                    "multi update is not supported for replacement-style update"
                );
            case BsonType.Document:
                return new ReplacementProgram(update.AsDocument, context);
            default:
                throw new CommandException(
                    ErrorCode.FailedToParse,
                    "Update argument must be either an object or an array"
                );
        }
    }

    /// <summary>Applies the update to a stored document.</summary>
    /// <param name="before">The document as stored.</param>
    /// <param name="positionalIndex">The array element by which the query matched, if by one: the meaning of <c>$</c>.</param>
    internal UpdateOutcome Apply(RawDocument before, int? positionalIndex) =>
        Apply(before, positionalIndex, isInsert: false);

    /// <summary>The document to insert where the query matched none; without <c>_id</c> if neither query nor update gave one.</summary>
    internal RawDocument Upsert(RawDocument filter)
    {
        var seed = UpsertSeed.FromFilter(filter, onlyId: Kind == UpdateKind.Replacement);
        return IdFirst(Apply(seed, null, isInsert: true).After);
    }

    /// <inheritdoc cref="Apply(RawDocument, int?)"/>
    protected abstract UpdateOutcome Apply(RawDocument before, int? positionalIndex, bool isInsert);

    /// <summary>The same document with <c>_id</c> in first place, as every update stores it: on the primary and on whoever applies its oplog.</summary>
    internal static RawDocument IdFirst(RawDocument document)
    {
        var id = document["_id"];
        if (id.IsMissing || document.First().NameIs("_id"u8))
        {
            return document;
        }

        var builder = new DocumentBuilder(document.Length).Add("_id", id);
        foreach (var field in document)
        {
            if (!field.NameIs("_id"u8))
            {
                builder.Add(field);
            }
        }

        return builder.Build();
    }

    private static bool IsOperators(RawDocument update) =>
        !update.IsEmpty && update.First().NameUtf8.Span is [(byte)'$', ..];

    private static void RefuseFilters(IReadOnlyList<RawDocument> arrayFilters, string style)
    {
        if (arrayFilters.Count > 0)
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                $"arrayFilters may not be specified for {style} updates"
            );
        }
    }
}

using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Query.Projecting;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>The stages that pass on, reshape or drop one document after the other.</summary>
internal static class ReshapingStages
{
    internal static Stage Match(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(15959, "the match filter must be an expression in an object");
        }

        var filter = Filter.Parse(value.AsDocument, context.Query);
        return new MapStage(document => filter.Matches(document) ? document : null);
    }

    internal static Stage Project(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(15969, "$project specification must be an object");
        }

        return new MapStage(Projected(value.AsDocument, "$project", context));
    }

    internal static Stage Set(RawValue value, StageContext context) => Added(value, "$set", context);

    internal static Stage AddFields(RawValue value, StageContext context) => Added(value, "$addFields", context);

    internal static Stage Unset(RawValue value, StageContext context)
    {
        RawValue[] names = value.Type switch
        {
            BsonType.String => [value],
            BsonType.Array => [.. value.AsDocument.Values()],
            _ => throw new CommandException(31002, "$unset specification must be a string or an array"),
        };
        if (names.Length == 0)
        {
            throw new CommandException(
                31119,
                "$unset specification must be a string or an array with at least one field"
            );
        }

        var fields = new DocumentBuilder();
        foreach (var name in names)
        {
            fields.Add(
                name.Type == BsonType.String
                    ? name.AsString
                    : throw new CommandException(
                        31120,
                        "$unset specification must be a string or an array containing only string values"
                    ),
                0
            );
        }

        return new MapStage(Projected(fields.Build(), "$unset", context));
    }

    internal static Stage ReplaceWith(RawValue value, StageContext context) => Replaced(context.Expression(value));

    internal static Stage ReplaceRoot(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(
                40229,
                $"expected an object as specification for $replaceRoot stage, got {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        foreach (var element in value.AsDocument)
        {
            if (!element.NameIs("newRoot"))
            {
                throw Commands.CommandErrors.UnknownField("$replaceRoot", element.Name);
            }
        }

        return value.AsDocument["newRoot"] is { IsMissing: false } root
            ? Replaced(context.Expression(root))
            : throw Commands.CommandErrors.MissingField("$replaceRoot", "newRoot");
    }

    private static Func<RawDocument, RawDocument?> Projected(RawDocument fields, string name, StageContext context)
    {
        var projection = Invalid(name, () => Projection.ParseStage(fields, context.Query));
        return document => projection.Apply(document);
    }

    private static MapStage Added(RawValue value, string name, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(
                40272,
                $"{name} specification stage must be an object, got {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        var additions = Invalid(name, () => FieldAdditions.Parse(value.AsDocument, context.Expression));
        return new(document => additions.Apply(document));
    }

    private static MapStage Replaced(Func<RawDocument, RawValue> expression) =>
        new(document =>
            expression(document) switch
            {
                { Type: BsonType.Document } root => root.AsDocument,
                var other => throw new CommandException(
                    40228,
                    "'newRoot' expression  must evaluate to an object, but resulting value was: "
                        + $"{(other.IsMissing ? "MISSING" : other.ToString())}. Type of resulting value: '{BsonTypeNames.NameOf(other.Type)}'. Input document: {document}"
                ),
            }
        );

    private static T Invalid<T>(string name, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (CommandException refusal)
        {
            throw refusal.With($"Invalid {name}");
        }
    }
}

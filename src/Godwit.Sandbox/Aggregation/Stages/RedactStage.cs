using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$redact</c>: decides for each document and embedded document whether it is kept, dropped or looked into.</summary>
internal sealed class RedactStage
{
    private readonly StageContext context;
    private readonly VariableSlot current;
    private readonly Expression expression;

    private RedactStage(RawValue value, StageContext context)
    {
        this.context = context;
        var expressions = context.Expressions.Declare("CURRENT", out current);
        expression = Expression.Parse(value, expressions).OptimizeForPipeline();
    }

    internal static Stage Parse(RawValue value, StageContext context)
    {
        var redact = new RedactStage(value, context);
        return new MapStage(document => redact.Decide(document, document));
    }

    private RawDocument? Decide(RawDocument document, RawDocument root)
    {
        var decision = expression.Evaluate(root, context.Scope.Current.Bind(current, document));
        return decision is { Type: BsonType.String }
            ? decision.AsString switch
            {
                "keep" => document,
                "prune" => null,
                "descend" => Descend(document, root),
                _ => throw Undecided(decision),
            }
            : throw Undecided(decision);
    }

    private RawDocument Descend(RawDocument document, RawDocument root)
    {
        var builder = new DocumentBuilder(document.Length);
        foreach (var element in document)
        {
            builder.Add(element.NameUtf8.Span, DescendValue(element.Value, root));
        }

        return builder.Build();
    }

    private RawValue DescendValue(RawValue value, RawDocument root) =>
        value.Type switch
        {
            BsonType.Document => Decide(value.AsDocument, root) is { } kept ? kept : default(RawValue),
            BsonType.Array => RawValue.Array(
                value.AsDocument.Values().Select(item => DescendValue(item, root)).Where(item => !item.IsMissing)
            ),
            _ => value,
        };

    private static CommandException Undecided(RawValue decision) =>
        new(
            17053,
            $"$redact's expression should not return anything aside from the variables $$KEEP, $$DESCEND, and $$PRUNE, but returned {decision}"
        );
}

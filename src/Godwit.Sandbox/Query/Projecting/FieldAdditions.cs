using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Query.Projecting;

/// <summary><c>$addFields</c> and <c>$set</c>: computed fields put in their places, everything else kept.</summary>
internal sealed class FieldAdditions
{
    private readonly ProjectionNode root = new();
    private readonly Func<RawValue, Func<RawDocument, RawValue>> parse;

    private FieldAdditions(Func<RawValue, Func<RawDocument, RawValue>> parse) => this.parse = parse;

    /// <summary>Reads the fields. An object without operators names fields below, as a dotted path does.</summary>
    internal static FieldAdditions Parse(RawDocument fields, Func<RawValue, Func<RawDocument, RawValue>> parse)
    {
        if (fields.IsEmpty)
        {
            throw new CommandException(40177, "specification must have at least one field");
        }

        var additions = new FieldAdditions(parse);
        foreach (var field in fields)
        {
            additions.Add(additions.root, field.Name, field.Value);
        }

        return additions;
    }

    internal RawDocument Apply(RawDocument document) => root.Set(document, document);

    private void Add(ProjectionNode parent, string name, RawValue value)
    {
        FieldPath.Check(name);
        if (value.Type != BsonType.Document || value.AsDocument.IsEmpty || IsOperator(value.AsDocument))
        {
            parent.AddAt(name, new() { IsEnd = true, Computed = parse(value) });
            return;
        }

        var below = parent.Descend(name);
        foreach (var field in value.AsDocument)
        {
            Add(below, field.Name, field.Value);
        }
    }

    private static bool IsOperator(RawDocument document) => document.First().Name.StartsWith('$');
}

using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query.Predicates;

namespace Godwit.Sandbox.Query.Projecting;

/// <summary>Reads a projection: what is kept or dropped, what is computed, which arrays are cut (that in <c>find</c> only).</summary>
internal sealed class ProjectionParser(
    QueryContext context,
    Func<string, RawDocument, RawValue> metadata,
    bool isStage = false
)
{
    private bool? isInclusion;
    private bool hasSlice;
    private bool hasElemMatch;
    private bool? keepsId;

    internal ProjectionNode Root { get; } = new();

    /// <summary>Applied to the result, in this order.</summary>
    internal List<ArrayCut> Cuts { get; } = [];

    internal bool IsInclusion { get; private set; }

    internal void Parse(RawDocument projection)
    {
        var namesId = false;
        foreach (var element in projection)
        {
            namesId |= element.NameIs("_id") || element.Name.StartsWith("_id.", StringComparison.Ordinal);
            ParseElement(element, Root, "");
        }

        IsInclusion = isInclusion ?? Undecided();
        if (!namesId && IsInclusion)
        {
            Root.Add("_id", new() { IsEnd = true });
        }

        if (!IsInclusion && keepsId == true)
        {
            Root.Remove("_id");
        }

        if (IsInclusion && keepsId == false)
        {
            Root.Remove("_id");
        }

        // A field that is only cut must be kept to be cut; where the rest is kept anyway it must not be named.
        foreach (var cut in Cuts.Where(cut => cut.IsSlice && !IsInclusion))
        {
            RemoveEnd(Root, cut.Path, 0);
        }
    }

    /// <summary>What a projection of nothing but special forms and <c>_id</c> means, kept as it has always been.</summary>
    private bool Undecided()
    {
        if (hasSlice)
        {
            return keepsId == true;
        }

        return hasElemMatch || keepsId == true;
    }

    private void ParseElement(RawElement element, ProjectionNode parent, string prefix)
    {
        var name = element.Name;
        if (name.Contains(".$.", StringComparison.Ordinal))
        {
            throw new CommandException(
                31394,
                "As of 4.4, it's illegal to specify positional operator in the middle of a path."
            );
        }

        var isPositional = name.EndsWith(".$", StringComparison.Ordinal);
        if (element.Type == BsonType.Document)
        {
            if (isPositional)
            {
                throw new CommandException(
                    31271,
                    "positional projection cannot be used with an expression or sub object"
                );
            }

            ParseObject(name, element.Value, parent, prefix);
        }
        else if (element.Value.IsNumber || element.Type == BsonType.Boolean)
        {
            ParseFlag(name, element.Value.IsTruthy(), isPositional, parent, prefix);
        }
        else
        {
            ParseLiteral(name, element.Value, isPositional, parent);
        }
    }

    private void ParseFlag(string name, bool isKept, bool isPositional, ProjectionNode parent, string prefix)
    {
        if (isPositional)
        {
            ParsePositional(name, isKept, parent, prefix);
            return;
        }

        parent.AddAt(name, new() { IsEnd = true });
        if (prefix.Length == 0 && name == "_id")
        {
            keepsId = isKept;
            return;
        }

        Decide(
            isKept,
            isKept
                ? new(31253, $"Cannot do inclusion on field {name} in exclusion projection")
                : new(31254, $"Cannot do exclusion on field {name} in inclusion projection")
        );
    }

    private void ParsePositional(string name, bool isKept, ProjectionNode parent, string prefix)
    {
        if (!isKept)
        {
            throw new CommandException(31395, "positional projection cannot be used with exclusion");
        }

        if (Cuts.Exists(cut => !cut.IsSlice))
        {
            throw new CommandException(31276, "Cannot specify more than one positional projection per query.");
        }

        if (hasElemMatch)
        {
            throw new CommandException(31256, "Cannot specify positional operator and $elemMatch.");
        }

        var path = name[..^2];
        parent.AddAt(path, new() { IsEnd = true });
        Cuts.Add(ArrayCut.Positional(new(prefix + path)));
        Decide(true, new(31253, $"Cannot do inclusion on field {name} in exclusion projection"));
    }

    private void ParseObject(string name, RawValue value, ProjectionNode parent, string prefix)
    {
        var document = value.AsDocument;
        if (document.IsEmpty)
        {
            throw new CommandException(51270, $"Invalid empty sub-projection: {name}");
        }

        var first = document.First();
        if (first.Name.StartsWith('$') && document.Count() == 1)
        {
            ParseOperator(name, value, first, parent, prefix);
            return;
        }

        FieldPath.Check(name);
        var below = parent.Descend(name);
        foreach (var element in document)
        {
            ParseElement(element, below, prefix + name + ".");
        }
    }

    private void ParseOperator(string name, RawValue value, RawElement form, ProjectionNode parent, string prefix)
    {
        if (!isStage && form.NameIs("$slice") && ArrayCut.IsSliceForm(form.Value))
        {
            parent.AddAt(name, new() { IsEnd = true });
            Cuts.Add(ArrayCut.Slice(new(prefix + name), form.Value));
            hasSlice = true;
        }
        else if (!isStage && form.NameIs("$elemMatch"))
        {
            ParseElemMatch(name, value, form, parent, prefix);
        }
        else if (form.NameIs("$meta"))
        {
            var kind = form.Value.Type == BsonType.String ? form.Value.AsString : "";
            parent.AddAt(name, new() { IsEnd = true, Computed = document => metadata(kind, document) });
        }
        else
        {
            Decide(true, new(31252, "Cannot use expression other than $meta in exclusion projection"));
            parent.AddAt(name, new() { IsEnd = true, Computed = Expression(value) });
        }
    }

    private void ParseElemMatch(string name, RawValue value, RawElement form, ProjectionNode parent, string prefix)
    {
        if (form.Type != BsonType.Document)
        {
            throw new CommandException(
                31274,
                $"elemMatch: Invalid argument, object required, but got {BsonTypeNames.NameOf(form.Type)}"
            );
        }

        if (Cuts.Exists(cut => !cut.IsSlice))
        {
            throw new CommandException(31255, "Cannot specify positional operator and $elemMatch.");
        }

        if (prefix.Length > 0 || name.Contains('.', StringComparison.Ordinal))
        {
            throw new CommandException(31275, "Cannot use $elemMatch projection on a nested field.");
        }

        var filter = Filter.Parse(new DocumentBuilder { { "a", value } }.Build(), context);
        var test = (ElemMatchTest)((PathNode)filter.Root).Test;
        hasElemMatch = true;
        parent.AddAt(name, new() { IsEnd = true, Computed = document => FirstMatch(document[name], test) });
    }

    private static RawValue FirstMatch(RawValue array, ElemMatchTest test) =>
        array.Type == BsonType.Array && test.FindIndex(array.AsDocument) is { } index
            ? RawValue.Array([array.AsDocument.Values().ElementAt(index)])
            : default;

    private void ParseLiteral(string name, RawValue value, bool isPositional, ProjectionNode parent)
    {
        if (isPositional)
        {
            throw new CommandException(31308, "positional projection cannot be used with a literal");
        }

        parent.AddAt(name, new() { IsEnd = true, Computed = Expression(value) });
        Decide(true, new(31310, $"Cannot use an expression {name}: {value} in an exclusion projection"));
    }

    private Func<RawDocument, RawValue> Expression(RawValue value) =>
        context.ParseExpression is { } parse
            ? parse(value)
            : throw new CommandException(51271, "Bad projection specification, cannot use computed fields here");

    private void Decide(bool inclusion, CommandException otherwise)
    {
        if (isInclusion is { } decided && decided != inclusion)
        {
            throw otherwise;
        }

        isInclusion = inclusion;
    }

    private static void RemoveEnd(ProjectionNode node, FieldPath path, int index)
    {
        var name = path.PartText(index);
        if (path.IsLast(index))
        {
            node.Remove(name);
        }
        else if (node.Child(name) is { } child)
        {
            RemoveEnd(child, path, index + 1);
        }
    }
}

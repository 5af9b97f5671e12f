using System.Text;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>
/// <c>$a.b</c> or <c>$$variable.a.b</c>: walks embedded documents, and into every document of an array on the way, which gives
/// an array of what was found.
/// </summary>
internal sealed class FieldPathExpression : Expression
{
    private readonly VariableSlot? slot;
    private readonly byte[][] path;

    private FieldPathExpression(VariableSlot? slot, IEnumerable<string> path)
    {
        this.slot = slot;
        this.path = [.. path.Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>The dotted path from the document; <see langword="null"/> for a path from a variable or the whole document.</summary>
    internal string? PathFromRoot =>
        slot is null && path.Length > 0 ? string.Join('.', path.Select(Encoding.UTF8.GetString)) : null;

    /// <summary>Parses text that begins with <c>$</c>.</summary>
    internal static Expression Parse(string text, ExpressionContext context)
    {
        if (text.Length == 1)
        {
            throw new CommandException(16872, "'$' by itself is not a valid FieldPath");
        }

        if (text[1] != '$')
        {
            var current = context.Declared.GetValueOrDefault("CURRENT");
            return new FieldPathExpression(current, FieldNames.SplitPath(text[1..]));
        }

        var parts = text[2..].Split('.');
        var name = parts[0];
        if (name.Length == 0)
        {
            throw new CommandException(16870, "empty variable names are not allowed");
        }

        if (parts.Length > 1)
        {
            parts = [name, .. FieldNames.SplitPath(text[(name.Length + 3)..])];
        }

        if (context.Declared.TryGetValue(name, out var declared))
        {
            return new FieldPathExpression(declared, parts[1..]);
        }

        if (context.Constants.TryGetValue(name, out var constant))
        {
            var path = new FieldPathExpression(null, parts[1..]);
            return new ConstantExpression(path.Walk(constant, 0));
        }

        return name switch
        {
            "ROOT" or "CURRENT" => new FieldPathExpression(null, parts[1..]),
            "REMOVE" => ConstantExpression.Absent,
            "DESCEND" or "PRUNE" or "KEEP" => new ConstantExpression(name.ToLowerInvariant()),
            "CLUSTER_TIME" => throw new CommandException(51144, "Builtin variable '$$CLUSTER_TIME' is not available"),
            "SEARCH_META" => new ConstantExpression(default),
            _ => throw new CommandException(17276, $"Use of undefined variable: {name}"),
        };
    }

    /// <inheritdoc/>
    internal override RawValue Evaluate(RawDocument root, Variables variables)
    {
        if (slot is not null)
        {
            return Walk(variables[slot], 0);
        }

        return path.Length == 0 ? RawValue.Document(root) : WalkDocument(root, 0);
    }

    private RawValue Walk(RawValue value, int depth)
    {
        if (depth == path.Length)
        {
            return value;
        }

        return value.Type switch
        {
            BsonType.Document => WalkDocument(value.AsDocument, depth),
            BsonType.Array => WalkArray(value.AsDocument, depth),
            _ => default,
        };
    }

    private RawValue WalkDocument(RawDocument document, int depth) => Walk(document[path[depth]], depth + 1);

    private RawValue WalkArray(RawDocument array, int depth)
    {
        var found = new ArrayBuilder();
        foreach (var item in array)
        {
            var value = item.Type switch
            {
                BsonType.Document => WalkDocument(item.Value.AsDocument, depth),
                BsonType.Array => WalkArray(item.Value.AsDocument, depth),
                _ => default,
            };
            if (!value.IsMissing)
            {
                found.Add(value);
            }
        }

        return found.Build();
    }
}

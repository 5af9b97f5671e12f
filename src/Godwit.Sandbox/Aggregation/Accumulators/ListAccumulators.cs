using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Accumulators;

/// <summary><c>$first</c>: the first value, null where it is absent.</summary>
internal sealed class FirstAccumulator : Accumulator
{
    private RawValue first;
    private bool hasFirst;

    /// <inheritdoc/>
    internal override RawValue Value => first.IsMissing ? RawValue.Null : first;

    /// <inheritdoc/>
    internal override void Add(RawValue value)
    {
        if (!hasFirst)
        {
            (first, hasFirst) = (value, true);
        }
    }
}

/// <summary><c>$last</c>: the last value, null where it is absent.</summary>
internal sealed class LastAccumulator : Accumulator
{
    private RawValue last;

    /// <inheritdoc/>
    internal override RawValue Value => last.IsMissing ? RawValue.Null : last;

    /// <inheritdoc/>
    internal override void Add(RawValue value) => last = value;
}

/// <summary><c>$push</c>: every value that is there.</summary>
internal sealed class PushAccumulator : Accumulator
{
    private readonly ArrayBuilder values = new();

    /// <inheritdoc/>
    internal override RawValue Value => values.Build();

    /// <inheritdoc/>
    internal override void Add(RawValue value)
    {
        if (!value.IsMissing)
        {
            values.Add(value);
            MemoryLimit.Check("$push", values.Length);
        }
    }
}

/// <summary><c>$addToSet</c>: every value that is there, once.</summary>
internal sealed class SetAccumulator(ValueComparer comparer) : Accumulator
{
    private readonly HashSet<RawValue> seen = new(comparer);
    private readonly ArrayBuilder values = new();

    /// <inheritdoc/>
    internal override RawValue Value => values.Build();

    /// <inheritdoc/>
    internal override void Add(RawValue value)
    {
        if (!value.IsMissing && seen.Add(value))
        {
            values.Add(value);
            MemoryLimit.Check("$addToSet", values.Length);
        }
    }
}

/// <summary><c>$mergeObjects</c>: later fields replace earlier ones where those stand.</summary>
internal sealed class MergeAccumulator : Accumulator
{
    private readonly List<string> order = [];
    private readonly Dictionary<string, RawValue> fields = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    internal override RawValue Value
    {
        get
        {
            var builder = new DocumentBuilder();
            foreach (var name in order)
            {
                builder.Add(name, fields[name]);
            }

            return builder;
        }
    }

    /// <inheritdoc/>
    internal override void Add(RawValue value)
    {
        if (!value.IsNullish && value.Type != BsonType.Document)
        {
            throw new CommandException(
                40400,
                $"$mergeObjects requires object inputs, but input {Expressions.ValueText.Of(value)} is of type {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        foreach (var element in value.IsNullish ? RawDocument.Empty : value.AsDocument)
        {
            var name = element.Name;
            if (!fields.ContainsKey(name))
            {
                order.Add(name);
            }

            fields[name] = element.Value;
        }
    }
}

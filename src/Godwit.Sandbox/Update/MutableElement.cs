using System.Globalization;
using Godwit.Bson;

namespace Godwit.Sandbox.Update;

/// <summary>
/// A field of a document being changed. Values stay as their bytes until something below them changes; what was not
/// touched keeps its bytes.
/// </summary>
internal sealed class MutableElement
{
    private RawValue raw;
    private List<MutableElement>? children;
    private bool isDirty;

    internal MutableElement(string name, RawValue value)
    {
        Name = name;
        raw = value;
    }

    /// <summary>The field name; means nothing within an array.</summary>
    internal string Name { get; }

    internal MutableElement? Parent { get; private set; }

    internal BsonType Type => raw.Type;

    internal bool IsArray => Type == BsonType.Array;

    /// <summary>The fields or elements, none for a scalar.</summary>
    internal IReadOnlyList<MutableElement> Children => Expanded();

    /// <summary>The value with all changes made so far.</summary>
    internal RawValue Value
    {
        get
        {
            if (isDirty)
            {
                raw = IsArray ? RawValue.Array(children!.Select(child => child.Value)) : Build();
                isDirty = false;
            }

            return raw;
        }
        set
        {
            raw = value;
            children = null;
            isDirty = false;
            Parent?.Touch();
        }
    }

    /// <summary>The field of that name, or the element at that index.</summary>
    internal MutableElement? Child(string name)
    {
        switch (Type)
        {
            case BsonType.Document:
                return Expanded().Find(child => string.Equals(child.Name, name, StringComparison.Ordinal));
            case BsonType.Array:
                return TryReadIndex(name, out var index) && index < Expanded().Count ? Expanded()[(int)index] : null;
            default:
                return null;
        }
    }

    /// <summary>Reads an array index as MongoDB does: digits only, leading zeros allowed.</summary>
    internal static bool TryReadIndex(string text, out uint index) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index);

    internal void Append(MutableElement child) => Insert(Expanded().Count, child);

    internal void Insert(int position, MutableElement child)
    {
        child.Parent = this;
        Expanded().Insert(position, child);
        Touch();
    }

    internal void Remove(MutableElement child)
    {
        _ = Expanded().Remove(child);
        Touch();
    }

    internal void RemoveAt(int position)
    {
        Expanded().RemoveAt(position);
        Touch();
    }

    /// <summary>Puts the children in another order.</summary>
    internal void Arrange(Func<IReadOnlyList<MutableElement>, IEnumerable<MutableElement>> order)
    {
        children = [.. order(Expanded())];
        Touch();
    }

    private void Touch()
    {
        for (var element = this; element is { isDirty: false }; element = element.Parent)
        {
            element.isDirty = true;
        }
    }

    private List<MutableElement> Expanded()
    {
        if (children is null)
        {
            children = [];
            if (Type is BsonType.Document or BsonType.Array)
            {
                foreach (var field in raw.AsDocument)
                {
                    children.Add(new(field.Name, field.Value) { Parent = this });
                }
            }
        }

        return children;
    }

    private RawValue Build()
    {
        var builder = new DocumentBuilder(raw.Bytes.Length + 64);
        foreach (var child in children!)
        {
            builder.Add(child.Name, child.Value);
        }

        return builder;
    }
}

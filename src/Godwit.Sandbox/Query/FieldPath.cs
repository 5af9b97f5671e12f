using System.Text;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Query;

/// <summary>A dotted path such as <c>a.0.b</c>, split, with its parts as UTF-8.</summary>
internal sealed class FieldPath
{
    private readonly byte[][] parts;
    private readonly bool[] areIndexes;

    internal FieldPath(string text)
    {
        Text = text;
        parts = [.. text.Split('.').Select(Encoding.UTF8.GetBytes)];
        areIndexes =
        [
            .. parts.Select(part => part.Length > 0 && part.All(letter => letter is >= (byte)'0' and <= (byte)'9')),
        ];
    }

    internal string Text { get; }

    internal int Length => parts.Length;

    internal ReadOnlySpan<byte> Part(int index) => parts[index];

    internal string PartText(int index) => Encoding.UTF8.GetString(parts[index]);

    internal bool IsLast(int index) => index == parts.Length - 1;

    /// <summary>Whether a part may stand for a place in an array.</summary>
    internal bool IsIndex(int index) => areIndexes[index];

    /// <summary>Whether this element of an array stands at the place that a part names.</summary>
    internal bool IsPlace(int index, RawElement element) => areIndexes[index] && element.NameIs(parts[index]);

    public override string ToString() => Text;

    /// <summary>Refuses what may not stand as a path in a sort or a projection.</summary>
    internal static void Check(string name)
    {
        if (name.StartsWith('$') || name.Contains(".$", StringComparison.Ordinal))
        {
            throw new CommandException(
                16410,
                "FieldPath field names may not start with '$'. Consider using $getField or $setField."
            );
        }

        if (name.EndsWith('.'))
        {
            throw new CommandException(40353, "FieldPath must not end with a '.'.");
        }

        if (name.StartsWith('.') || name.Contains("..", StringComparison.Ordinal))
        {
            throw new CommandException(15998, "FieldPath field names may not be empty strings.");
        }
    }
}

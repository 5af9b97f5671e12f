using System.Text;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Cutting and finding by position, counted in bytes or in code points.</summary>
internal static class Substrings
{
    internal static RawValue Bytes(RawValue[] arguments)
    {
        const string Name = "$substrBytes";
        var text = Encoding.UTF8.GetBytes(Texts.Coerce(arguments[0]));
        RequireNumber(arguments[1], 16034, $"{Name}:  starting index");
        RequireNumber(arguments[2], 16035, $"{Name}:  length");
        var start = arguments[1].CoerceToLong();
        if (start < 0)
        {
            throw new CommandException(50752, $"{Name}:  starting index must be non-negative (got: {start})");
        }

        var given = arguments[2].CoerceToLong();
        var length = given < 0 ? text.Length : given;
        if (start < text.Length && IsContinuation(text[start]))
        {
            throw new CommandException(28656, $"{Name}:  Invalid range, starting index is a UTF-8 continuation byte.");
        }

        if (start >= text.Length)
        {
            return "";
        }

        var end = length >= text.Length - start ? text.Length : start + length;
        return end < text.Length && IsContinuation(text[end])
            ? throw new CommandException(
                28657,
                $"{Name}:  Invalid range, ending index is in the middle of a UTF-8 character."
            )
            : RawValue.Text(BsonType.String, text.AsSpan((int)start, (int)(end - start)));
    }

    internal static RawValue CodePoints(RawValue[] arguments)
    {
        const string Name = "$substrCP";
        var text = Encoding.UTF8.GetBytes(Texts.Coerce(arguments[0]));
        RequireNumber(arguments[1], 34450, $"{Name}: starting index");
        var start = RequireWhole(arguments[1], 34451, $"{Name}: starting index");
        RequireNumber(arguments[2], 34452, $"{Name}: length");
        var length = RequireWhole(arguments[2], 34453, $"{Name}: length");
        if (length < 0)
        {
            throw new CommandException(34454, $"{Name}: length must be a nonnegative integer.");
        }

        if (start < 0)
        {
            throw new CommandException(34455, $"{Name}: the starting index must be nonnegative integer.");
        }

        var from = Skip(text, 0, start);
        return RawValue.Text(BsonType.String, text.AsSpan(from, Skip(text, from, length) - from));
    }

    internal static RawValue IndexOfBytes(RawValue[] arguments)
    {
        const string Name = "$indexOfBytes";
        if (Find(Name, arguments, (40091, 40092), out var text, out var token) is not var (start, end))
        {
            return RawValue.Null;
        }

        var last = Math.Min(end, text.Length);
        if (start > last || start > text.Length)
        {
            return -1;
        }

        var found = text.Span[start..last].IndexOf(token.Span);
        return found < 0 ? -1 : found + start;
    }

    internal static RawValue IndexOfCodePoint(RawValue[] arguments)
    {
        const string Name = "$indexOfCP";
        if (Find(Name, arguments, (40093, 40094), out var text, out var token) is not var (start, end))
        {
            return RawValue.Null;
        }

        var count = StringOperators.CodePoints(text.Span);
        if (start > Math.Min(end, count))
        {
            return -1;
        }

        var bytes = text.ToArray();
        var from = Skip(bytes, 0, start);
        var last = Skip(bytes, 0, Math.Min(end, count));
        var found = text.Span[from..last].IndexOf(token.Span);
        return found < 0 ? -1 : start + StringOperators.CodePoints(text.Span.Slice(from, found));
    }

    private static (int Start, int End)? Find(
        string name,
        RawValue[] arguments,
        (int First, int Second) codes,
        out ReadOnlyMemory<byte> text,
        out ReadOnlyMemory<byte> token
    )
    {
        (text, token) = (default, default);
        if (arguments[0].IsNullish)
        {
            return null;
        }

        text = StringOperators.Require(
            arguments[0],
            codes.First,
            $"{name} requires a string as the first argument, found"
        );
        token = StringOperators.Require(
            arguments[1],
            codes.Second,
            $"{name} requires a string as the second argument, found"
        );
        return (
            arguments.Length > 2 ? ArrayOperators.Bound(name, arguments[2], "starting index") : 0,
            arguments.Length > 3 ? ArrayOperators.Bound(name, arguments[3], "ending index") : int.MaxValue
        );
    }

    private static int Skip(byte[] text, int from, int codePoints)
    {
        var position = from;
        for (var i = 0; i < codePoints && position < text.Length; i++)
        {
            position++;
            while (position < text.Length && IsContinuation(text[position]))
            {
                position++;
            }
        }

        return position;
    }

    private static bool IsContinuation(byte b) => (b & 0xC0) == 0x80;

    private static void RequireNumber(RawValue value, int code, string what)
    {
        if (!value.IsNumber)
        {
            throw new CommandException(
                code,
                $"{what} must be a numeric type (is BSON type {BsonTypeNames.NameOf(value.Type)})"
            );
        }
    }

    private static int RequireWhole(RawValue value, int code, string what) =>
        value.ToWholeInt32()
        ?? throw new CommandException(code, $"{what} cannot be represented as a 32-bit integral value: {value}");
}

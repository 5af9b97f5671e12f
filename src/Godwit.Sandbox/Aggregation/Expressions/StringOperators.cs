using System.Text;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Operators on text; searching and replacing by pattern is in <see cref="RegexOperators"/>.</summary>
internal static class StringOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Variadic("$concat", (arguments, _) => Concat(arguments));
        table.Unary("$toLower", value => MapAscii(Texts.Coerce(value), char.ToLowerInvariant));
        table.Unary("$toUpper", value => MapAscii(Texts.Coerce(value), char.ToUpperInvariant));
        table.Unary(
            "$strLenBytes",
            value => Require(value, 34473, "$strLenBytes requires a string argument, found").Length
        );
        table.Unary(
            "$strLenCP",
            value => CodePoints(Require(value, 34471, "$strLenCP requires a string argument, found").Span)
        );
        table.Fixed("$strcasecmp", 2, (arguments, _) => CompareIgnoringCase(arguments));
        table.Fixed("$split", 2, (arguments, _) => Split(arguments[0], arguments[1]));
        table.Fixed("$substr", 3, (arguments, _) => Substrings.Bytes(arguments));
        table.Fixed("$substrBytes", 3, (arguments, _) => Substrings.Bytes(arguments));
        table.Fixed("$substrCP", 3, (arguments, _) => Substrings.CodePoints(arguments));
        table.Ranged("$indexOfBytes", 2, 4, (arguments, _) => Substrings.IndexOfBytes(arguments));
        table.Ranged("$indexOfCP", 2, 4, (arguments, _) => Substrings.IndexOfCodePoint(arguments));
        TrimOperators.Register(table);
        ReplaceOperators.Register(table);
        RegexOperators.Register(table);
    }

    /// <summary>The bytes of a string, or a refusal that names the type found.</summary>
    internal static ReadOnlyMemory<byte> Require(RawValue value, int code, string text) =>
        value.Type == BsonType.String
            ? value.AsStringUtf8
            : throw new CommandException(code, $"{text}: {BsonTypeNames.NameOf(value.Type)}");

    /// <summary>Number of code points in UTF-8 bytes.</summary>
    internal static int CodePoints(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var b in utf8)
        {
            count += (b & 0xC0) == 0x80 ? 0 : 1;
        }

        return count;
    }

    private static RawValue MapAscii(string text, Func<char, char> map) =>
        string.Create(
            text.Length,
            (text, map),
            static (span, state) =>
            {
                for (var i = 0; i < span.Length; i++)
                {
                    var c = state.text[i];
                    span[i] = char.IsAscii(c) ? state.map(c) : c;
                }
            }
        );

    private static RawValue Concat(RawValue[] arguments)
    {
        var text = new StringBuilder();
        foreach (var argument in arguments)
        {
            if (argument.IsNullish)
            {
                return RawValue.Null;
            }

            _ =
                argument.Type == BsonType.String
                    ? text.Append(argument.AsString)
                    : throw new CommandException(
                        16702,
                        $"$concat only supports strings, not {BsonTypeNames.NameOf(argument.Type)}"
                    );
        }

        return text.ToString();
    }

    private static RawValue CompareIgnoringCase(RawValue[] arguments)
    {
        var left = Encoding.UTF8.GetBytes(Texts.Coerce(arguments[0]));
        var right = Encoding.UTF8.GetBytes(Texts.Coerce(arguments[1]));
        for (var i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            var order = Upper(left[i]).CompareTo(Upper(right[i]));
            if (order != 0)
            {
                return Math.Sign(order);
            }
        }

        return Math.Sign(left.Length - right.Length);

        static byte Upper(byte b) => b is >= (byte)'a' and <= (byte)'z' ? (byte)(b - 32) : b;
    }

    private static RawValue Split(RawValue value, RawValue separator)
    {
        if (value.IsNullish || separator.IsNullish)
        {
            return RawValue.Null;
        }

        const string Text = "$split requires an expression that evaluates to a string as a";
        _ = Require(value, 40085, $"{Text} first argument, found");
        _ = Require(separator, 40086, $"{Text} second argument, found");
        return separator.AsString.Length > 0
            ? RawValue.Array(value.AsString.Split(separator.AsString).Select(RawValue.String))
            : throw new CommandException(40087, "$split requires a non-empty separator");
    }
}

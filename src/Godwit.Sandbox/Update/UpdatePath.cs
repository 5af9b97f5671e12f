using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update;

/// <summary>The dotted path an operator is given, cut into its parts and checked.</summary>
internal sealed class UpdatePath
{
    private UpdatePath(string text)
    {
        Text = text;
        Parts = text.Split('.');
    }

    internal string Text { get; }

    internal string[] Parts { get; }

    /// <summary>Whether a part is <c>$</c> or <c>$[…]</c>.</summary>
    internal bool IsDynamic => Parts.Any(part => part == "$" || IsArrayFilter(part));

    internal static UpdatePath Parse(string text)
    {
        if (text.Length == 0)
        {
            throw new CommandException(ErrorCode.EmptyFieldName, "An empty update path is not valid.");
        }

        var path = new UpdatePath(text);
        if (path.Parts.Any(part => part.Length == 0))
        {
            throw new CommandException(
                ErrorCode.EmptyFieldName,
                $"The update path '{text}' contains an empty field name, which is not allowed."
            );
        }

        var positional = path.Parts.Count(part => part == "$");
        if (positional > 1)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"Too many positional (i.e. '$') elements found in path '{text}'"
            );
        }

        if (path.Parts[0] == "$")
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"Cannot have positional (i.e. '$') element in the first position in path '{text}'"
            );
        }

        return path;
    }

    internal static bool IsArrayFilter(string part) =>
        part.Length >= 3 && part.StartsWith("$[", StringComparison.Ordinal) && part[^1] == ']';

    /// <summary>Whether this is the beginning of another path.</summary>
    internal bool IsPrefixOf(UpdatePath other) =>
        Parts.Length < other.Parts.Length && other.Parts.AsSpan(0, Parts.Length).SequenceEqual(Parts);
}

using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>What a field name in an expression or a path may look like.</summary>
internal static class FieldNames
{
    /// <summary>Checks a name in an object literal.</summary>
    internal static void CheckInObject(string name)
    {
        if (name.Contains('.', StringComparison.Ordinal))
        {
            throw new CommandException(
                16412,
                $"FieldPath field names may not contain '.'. Consider using $getField or $setField. but found: {name}"
            );
        }

        CheckPart(name);
    }

    /// <summary>Checks a whole path and gives its parts.</summary>
    internal static string[] SplitPath(string path)
    {
        if (path.Length == 0)
        {
            throw new CommandException(40352, "FieldPath cannot be constructed with empty string");
        }

        if (path.EndsWith('.'))
        {
            throw new CommandException(40353, "FieldPath must not end with a '.'.");
        }

        var parts = path.Split('.');
        foreach (var part in parts)
        {
            CheckPart(part);
        }

        return parts.Length <= 200 ? parts : throw new CommandException(ErrorCode.Overflow, "FieldPath is too long");
    }

    private static void CheckPart(string part)
    {
        if (part.Length == 0)
        {
            throw new CommandException(15998, "FieldPath field names may not be empty strings.");
        }

        if (part[0] == '$')
        {
            throw new CommandException(
                16410,
                $"FieldPath field names may not start with '$'. Consider using $getField or $setField."
            );
        }

        if (part.Contains('\0', StringComparison.Ordinal))
        {
            throw new CommandException(16411, "FieldPath field names may not contain '\0'.");
        }
    }
}

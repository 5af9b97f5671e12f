using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update;

/// <summary>Reads <c>arrayFilters</c>: each is a filter over one identifier, tested on array elements.</summary>
internal static class ArrayFilters
{
    internal static IReadOnlyDictionary<string, Func<RawValue, bool>> Parse(
        IReadOnlyList<RawDocument> filters,
        UpdateContext context
    )
    {
        var parsed = new Dictionary<string, Func<RawValue, bool>>(StringComparer.Ordinal);
        foreach (var filter in filters)
        {
            var matches = context.ParseFilter(filter);
            var identifier =
                FindIdentifier(filter)
                ?? throw new CommandException(
                    ErrorCode.FailedToParse,
                    "Cannot use an expression without a top-level field name in arrayFilters"
                );
            if (!char.IsAsciiLetterLower(identifier[0]) || !identifier.All(char.IsAsciiLetterOrDigit))
            {
                throw new CommandException(
                    ErrorCode.BadValue,
                    $"Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '{identifier}'"
                );
            }

            if (!parsed.TryAdd(identifier, value => matches(new DocumentBuilder { { identifier, value } }.Build())))
            {
                throw new CommandException(
                    ErrorCode.FailedToParse,
                    $"Found multiple array filters with the same top-level field name {identifier}"
                );
            }
        }

        return parsed;
    }

    /// <summary>The first part of every path in a filter; they must agree.</summary>
    private static string? FindIdentifier(RawDocument filter)
    {
        string? found = null;
        foreach (var field in filter)
        {
            var name = field.Name;
            if (name.StartsWith('$'))
            {
                if (field.Type == BsonType.Array)
                {
                    foreach (var clause in field.Value.AsDocument.Values())
                    {
                        found = Agree(
                            found,
                            clause.Type == BsonType.Document ? FindIdentifier(clause.AsDocument) : null
                        );
                    }
                }

                continue;
            }

            var dot = name.IndexOf('.', StringComparison.Ordinal);
            found = Agree(found, dot < 0 ? name : name[..dot]);
        }

        return found is { Length: 0 } ? null : found;
    }

    private static string? Agree(string? one, string? other) =>
        one is null || other is null || one == other
            ? one ?? other
            : throw new CommandException(
                ErrorCode.FailedToParse,
                $"Error parsing array filter :: caused by :: Expected a single top-level field name, found '{one}' and '{other}'"
            );
}

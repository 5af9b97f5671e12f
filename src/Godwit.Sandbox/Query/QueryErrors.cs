using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Query;

/// <summary>Refusals that several parts of the query language share.</summary>
internal static class QueryErrors
{
    internal static CommandException BadValue(string message) => new(ErrorCode.BadValue, message);

    /// <summary>Reads a whole number of any numeric type that is not negative.</summary>
    internal static long NonNegativeInteger(string name, RawValue value)
    {
        if (!value.IsNumber)
        {
            throw new CommandException(ErrorCode.FailedToParse, $"Expected a number in: {name}: {value}");
        }

        var number = WholeNumber(value);
        return number switch
        {
            null => throw new CommandException(ErrorCode.FailedToParse, $"Expected an integer: {name}: {value}"),
            < 0 => throw new CommandException(
                ErrorCode.FailedToParse,
                $"Expected a non-negative number in: {name}: {value}"
            ),
            _ => number.Value,
        };
    }

    /// <summary>The number as a 64-bit integer if it is exactly one.</summary>
    internal static long? WholeNumber(RawValue value)
    {
        var number = value.ToInt64();
        return number is { } whole && ValueComparer.AreEqual(value, whole) ? whole : null;
    }
}

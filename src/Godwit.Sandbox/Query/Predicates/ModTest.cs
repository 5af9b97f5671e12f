using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Query.Predicates;

/// <summary><c>$mod</c>: the number, cut to an integer, leaves a remainder.</summary>
internal sealed class ModTest : IValueTest
{
    private readonly long divisor;
    private readonly long remainder;

    private ModTest(long divisor, long remainder)
    {
        this.divisor = divisor;
        this.remainder = remainder;
    }

    public LeafArrays LeafArrays => LeafArrays.ElementsAndArray;

    internal static ModTest Parse(RawValue value)
    {
        if (value.Type != BsonType.Array)
        {
            throw QueryErrors.BadValue("malformed mod, needs to be an array");
        }

        var items = value.AsDocument.Values().ToList();
        if (items.Count == 0)
        {
            throw QueryErrors.BadValue("malformed mod, not enough elements");
        }

        var divisor = Number("divisor", items[0]);
        if (items.Count == 1)
        {
            throw QueryErrors.BadValue("malformed mod, not enough elements");
        }

        var remainder = Number("remainder", items[1]);
        if (items.Count > 2)
        {
            throw QueryErrors.BadValue("malformed mod, too many elements");
        }

        return divisor == 0 ? throw QueryErrors.BadValue("divisor cannot be 0") : new(divisor, remainder);
    }

    public bool Matches(RawValue value, MatchTrace? trace)
    {
        // Truncated, so that the sign of the remainder is that of the number; −1 divides everything and may not overflow.
        return value.IsNumber && value.ToInt64() is { } number && (divisor == -1 ? 0 : number % divisor) == remainder;
    }

    private static long Number(string role, RawValue value)
    {
        if (!value.IsNumber)
        {
            throw QueryErrors.BadValue($"malformed mod, {role} not a number");
        }

        return value.ToInt64()
            ?? throw new CommandException(
                ErrorCode.BadValue,
                $"malformed mod, {role} value is invalid :: caused by :: Unable to coerce NaN/Inf to integral type"
            );
    }
}

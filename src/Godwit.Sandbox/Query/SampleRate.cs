using Godwit.Bson;

namespace Godwit.Sandbox.Query;

/// <summary><c>$sampleRate</c>: lets each document pass with a probability.</summary>
internal static class SampleRate
{
    internal static DocumentNode Parse(RawValue value, bool isBelowTop)
    {
        if (isBelowTop)
        {
            throw QueryErrors.BadValue("$sampleRate can only be applied to the top-level document");
        }

        if (!value.IsNumber)
        {
            throw QueryErrors.BadValue("argument to $sampleRate must be a numeric type");
        }

        if (ValueComparer.Compare(value, 0) < 0 || ValueComparer.Compare(value, 1) > 0)
        {
            throw QueryErrors.BadValue("numeric argument to $sampleRate must be in [0, 1]");
        }

        // The comparison is made in the domain of values, so that a rate of any numeric type works.
        return new(_ => ValueComparer.Compare(Random.Shared.NextDouble(), value) < 0);
    }
}

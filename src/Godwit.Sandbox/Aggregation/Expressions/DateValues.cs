using System.Buffers.Binary;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Values that date operators take for a moment: dates, timestamps and ObjectIds.</summary>
internal static class DateValues
{
    /// <summary>The moment in milliseconds; <see langword="null"/> if the type has none.</summary>
    internal static long? TryMilliseconds(RawValue value) =>
        value.Type switch
        {
            BsonType.DateTime => value.AsDateTimeMilliseconds,
            BsonType.Timestamp => value.AsTimestamp.Seconds * 1000L,
            BsonType.ObjectId => BinaryPrimitives.ReadUInt32BigEndian(value.AsObjectId.Span) * 1000L,
            _ => null,
        };

    /// <summary>The moment in milliseconds, or MongoDB's refusal.</summary>
    internal static long Milliseconds(RawValue value) =>
        TryMilliseconds(value)
        ?? throw new CommandException(
            16006,
            $"can't convert from BSON type {BsonTypeNames.NameOf(value.Type)} to Date"
        );
}

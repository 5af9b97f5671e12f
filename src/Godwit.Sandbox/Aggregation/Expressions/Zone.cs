using System.Globalization;
using System.Text.RegularExpressions;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>A time zone by Olson name or offset: what it adds to UTC at a given time.</summary>
internal sealed partial class Zone
{
    internal static readonly Zone Utc = new(null, TimeSpan.Zero);
    private readonly TimeZoneInfo? named;
    private readonly TimeSpan offset;

    private Zone(TimeZoneInfo? named, TimeSpan offset)
    {
        this.named = named;
        this.offset = offset;
    }

    /// <summary>Name for <c>%Z</c> output is the offset in minutes; for <c>%z</c> the offset as ±hhmm.</summary>
    internal TimeSpan OffsetAt(long milliseconds) =>
        named is null
            ? offset
            : named.GetUtcOffset(
                DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, -62135596800000, 253402300799999))
            );

    /// <summary>Local wall time at a moment.</summary>
    internal CivilTime ToLocal(long milliseconds) => CivilTime.FromMilliseconds(LocalMilliseconds(milliseconds));

    /// <summary>Local wall time as if it were UTC milliseconds.</summary>
    internal long LocalMilliseconds(long milliseconds) => milliseconds + (long)OffsetAt(milliseconds).TotalMilliseconds;

    /// <summary>The moment at which local wall time shows these milliseconds.</summary>
    internal long FromLocalMilliseconds(long local)
    {
        var guess = local - (long)OffsetAt(local).TotalMilliseconds;
        return local - (long)OffsetAt(guess).TotalMilliseconds;
    }

    /// <summary>The zone a value names; <see langword="null"/> for null, UTC where none was given.</summary>
    internal static Zone? Parse(RawValue value)
    {
        if (value.IsNullish)
        {
            return null;
        }

        if (value.Type != BsonType.String)
        {
            throw new CommandException(
                40517,
                $"timezone must evaluate to a string, found {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        var name = value.AsString;
        if (OffsetForm().Match(name) is { Success: true } match)
        {
            var minutes =
                (int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture) * 60)
                + (match.Groups[3].Success ? int.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture) : 0);
            return new(null, TimeSpan.FromMinutes(match.Groups[1].ValueSpan is "-" ? -minutes : minutes));
        }

        if (name is "Z" or "UTC" or "GMT")
        {
            return Utc;
        }

        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
            ? new(zone, TimeSpan.Zero)
            : throw new CommandException(40485, $"unrecognized time zone identifier: \"{name}\"");
    }

    [GeneratedRegex("^([+-])(\\d\\d):?(\\d\\d)?$")]
    private static partial Regex OffsetForm();
}

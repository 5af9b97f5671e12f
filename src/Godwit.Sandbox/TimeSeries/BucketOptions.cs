using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.TimeSeries;

/// <summary>The <c>timeseries</c> options of a collection: which fields say when and of what, and how much time a bucket spans.</summary>
internal sealed record BucketOptions
{
    private const string Owner = "create.timeseries";
    private static readonly string[] Granularities = ["seconds", "minutes", "hours"];
    private static readonly int[] Spans = [3600, 86400, 2592000];
    private static readonly int[] Roundings = [60, 3600, 86400];

    /// <summary>The field that holds the time.</summary>
    internal required string TimeField { get; init; }

    /// <summary>The field that says what was measured; <see langword="null"/> for none.</summary>
    internal string? MetaField { get; init; }

    /// <summary>The options as stored.</summary>
    internal RawDocument Stored { get; private init; }

    /// <summary>The most seconds between two times of a bucket.</summary>
    internal int SpanSeconds { get; private init; }

    /// <summary>The seconds a bucket's start is rounded down to.</summary>
    internal int RoundingSeconds { get; private init; }

    /// <summary>Reads the argument of <c>create</c>.</summary>
    internal static BucketOptions Parse(RawDocument given, Version release)
    {
        var arguments = new CommandArguments(given, Owner);
        foreach (var element in given)
        {
            if (
                element.Name
                    is not (
                        "timeField"
                        or "metaField"
                        or "granularity"
                        or "bucketMaxSpanSeconds"
                        or Novelties.BucketRounding
                    )
                || !release.Knows(element.Name)
            )
            {
                throw CommandErrors.UnknownField(Owner, element.Name);
            }
        }

        var time = arguments.String("timeField") ?? throw CommandErrors.MissingField(Owner, "timeField");
        var meta = arguments.String("metaField");
        CheckFields(time, meta);
        var (span, rounding) = (Seconds(given, "bucketMaxSpanSeconds"), Seconds(given, "bucketRoundingSeconds"));
        var granularity = arguments.String("granularity");
        if (span is null != rounding is null || (granularity is null && span != rounding))
        {
            throw Invalid("'bucketMaxSpanSeconds' and 'bucketRoundingSeconds' must be set together and be the same");
        }

        if (granularity is not null && span is not null && span != Spans[IndexOf(granularity)])
        {
            throw Invalid("'bucketMaxSpanSeconds' and 'granularity' do not go together");
        }

        granularity = span is null ? granularity ?? Granularities[0] : granularity;
        var stored = new DocumentBuilder
        {
            { "timeField", time },
            { "metaField", meta is null ? RawValue.Missing : meta },
            { "granularity", granularity is null ? RawValue.Missing : granularity },
            { "bucketRoundingSeconds", granularity is null ? rounding!.Value : RawValue.Missing },
            { "bucketMaxSpanSeconds", granularity is null ? span!.Value : Spans[IndexOf(granularity)] },
        };
        return FromStored(stored.Build());
    }

    /// <summary>From the catalog.</summary>
    internal static BucketOptions FromStored(RawDocument stored) =>
        new()
        {
            TimeField = stored["timeField"].AsString,
            MetaField = stored["metaField"] is { Type: BsonType.String } meta ? meta.AsString : null,
            Stored = stored,
            SpanSeconds = stored["bucketMaxSpanSeconds"].AsInt32,
            RoundingSeconds = stored["bucketRoundingSeconds"] is { Type: BsonType.Int32 } rounding
                ? rounding.AsInt32
                : Roundings[IndexOf(stored["granularity"].AsString)],
        };

    /// <summary>The options after a change by <c>collMod</c>: buckets may only come to span more.</summary>
    internal BucketOptions Changed(RawDocument change)
    {
        var changed = new DocumentBuilder { { "timeField", TimeField } };
        if (MetaField is { } meta)
        {
            changed.Add("metaField", meta);
        }

        var later = Parse(changed.AddAll(change).Build(), ServerProfile.V80.Version);
        return later.SpanSeconds >= SpanSeconds
            ? later
            : throw Invalid(
                "Invalid transition for timeseries.granularity. Can only transition from 'seconds' to 'minutes' or 'minutes' to 'hours'."
            );
    }

    /// <summary>When the bucket begins that a time opens.</summary>
    internal long BucketStart(long milliseconds)
    {
        var unit = RoundingSeconds * 1000L;
        return milliseconds - (((milliseconds % unit) + unit) % unit);
    }

    private static int IndexOf(string granularity)
    {
        var index = Array.IndexOf(Granularities, granularity);
        return index >= 0
            ? index
            : throw new CommandException(
                ErrorCode.BadValue,
                $"Enumeration value '{granularity}' for field '{Owner}.granularity' is not a valid value."
            );
    }

    private static int? Seconds(RawDocument given, string field)
    {
        if (!given.TryGet(field, out var value))
        {
            return null;
        }

        return value.ToInt64() is > 0 and <= 31536000 and var seconds
            ? (int)seconds
            : throw new CommandException(
                ErrorCode.BadValue,
                $"BSON field '{field}' value must be between 1 and 31536000, actual value '{value}'"
            );
    }

    private static void CheckFields(string time, string? meta)
    {
        if (time.Contains('.', StringComparison.Ordinal) || time.Length == 0)
        {
            throw Invalid("'timeField' must be a top-level field and not contain a '.'");
        }

        if (meta == "_id")
        {
            throw Invalid("'metaField' cannot be \"_id\"");
        }

        if (meta == time)
        {
            throw Invalid("'metaField' cannot be the same as 'timeField'");
        }
    }

    private static CommandException Invalid(string message) => new(ErrorCode.InvalidOptions, message);
}

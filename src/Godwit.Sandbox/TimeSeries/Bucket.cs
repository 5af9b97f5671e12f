using System.Globalization;
using Godwit.Bson;
using Godwit.Bson.Columns;

namespace Godwit.Sandbox.TimeSeries;

/// <summary>A bucket document: measurements of one source within a span of time, a column per field, bounds of each for pruning.</summary>
internal static class Bucket
{
    private const byte ColumnSubtype = 7;
    private const int CompressedVersion = 2;

    /// <summary>Whether a version stores columns compressed; the third is a second whose times are not in order.</summary>
    private static bool IsCompressed(RawDocument bucket) =>
        bucket["control"].AsDocument["version"].ToInt64() >= CompressedVersion;

    /// <summary>The measurements of a bucket, the time first, then the source, then the fields in the bucket's order.</summary>
    internal static IEnumerable<RawDocument> Unpack(RawDocument bucket, string timeField, string? metaField)
    {
        var fields = bucket["data"]
            .AsDocument.Where(field => !field.NameIs(timeField))
            .Select(field => field.Name)
            .ToList();
        var columns = fields.ConvertAll(field => Column(bucket, field).GetEnumerator());
        var meta = bucket["meta"];
        foreach (var time in Column(bucket, timeField))
        {
            var measurement = new DocumentBuilder { { timeField, time } };
            if (metaField is not null)
            {
                measurement.Add(metaField, meta);
            }

            for (var i = 0; i < fields.Count; i++)
            {
                measurement.Add(fields[i], columns[i].MoveNext() ? columns[i].Current : default);
            }

            yield return measurement.Build();
        }
    }

    /// <summary>A bucket of measurements.</summary>
    /// <param name="id">Its <c>_id</c>.</param>
    /// <param name="meta">What they have in common; missing for none.</param>
    /// <param name="start">When the bucket begins.</param>
    /// <param name="options">The collection's options.</param>
    /// <param name="measurements">At least one.</param>
    internal static RawDocument Pack(
        RawValue id,
        RawValue meta,
        RawValue start,
        BucketOptions options,
        IReadOnlyList<RawDocument> measurements
    )
    {
        var bounds = new Bounds();
        var columns = new Dictionary<string, ColumnWriter>(StringComparer.Ordinal);
        for (var i = 0; i < measurements.Count; i++)
        {
            foreach (var field in measurements[i])
            {
                if (field.Name != options.MetaField && !columns.ContainsKey(field.Name))
                {
                    columns[field.Name] = Behind(i);
                }
            }

            foreach (var (name, column) in columns)
            {
                column.Append(measurements[i][name]);
            }

            bounds.Add(measurements[i], options.MetaField);
        }

        var control = new DocumentBuilder
        {
            { "version", CompressedVersion },
            { "min", bounds.Least(options.TimeField, start) },
            { "max", bounds.Greatest() },
            { "count", measurements.Count },
        };
        var data = new DocumentBuilder();
        foreach (var (name, column) in columns)
        {
            data.Add(name, RawValue.Binary(column.ToArray(), ColumnSubtype));
        }

        return new DocumentBuilder
        {
            { "_id", id },
            { "control", control },
            { "meta", meta },
            { "data", data },
        }.Build();
    }

    /// <summary>The change from one state of a bucket to a later one: bounds, and the ends of columns that grew.</summary>
    internal static RawDocument Diff(RawDocument before, RawDocument after)
    {
        var control = DiffCalculator.Compute(before["control"].AsDocument, after["control"].AsDocument);
        var replaced = new DocumentBuilder { { "control", after["control"] } };
        return new DocumentBuilder
        {
            { "$v", 2 },
            {
                "diff",
                new DocumentBuilder
                {
                    { "u", control is null ? replaced : RawValue.Missing },
                    { "scontrol", control is { } nested ? nested : RawValue.Missing },
                    { "sdata", ColumnsDiff(before["data"].AsDocument, after["data"].AsDocument) },
                }
            },
        }.Build();
    }

    /// <summary>The measurements of a bucket with their fields in the order of its bounds, to be packed again.</summary>
    internal static List<RawDocument> Measurements(RawDocument bucket, BucketOptions options)
    {
        var order = bucket["control"].AsDocument["min"].AsDocument.Select(field => field.Name).ToList();
        return
        [
            .. Unpack(bucket, options.TimeField, options.MetaField)
                .Select(measurement =>
                {
                    var ordered = new DocumentBuilder(measurement.Length);
                    order.ForEach(name => ordered.Add(name, measurement[name]));
                    if (options.MetaField is { } meta)
                    {
                        ordered.Add(meta, measurement[meta]);
                    }

                    return ordered.Build();
                }),
        ];
    }

    private static DocumentBuilder ColumnsDiff(RawDocument before, RawDocument after)
    {
        var (replaced, added, grown) = (new DocumentBuilder(), new DocumentBuilder(), new DocumentBuilder());
        foreach (var column in after)
        {
            var was = before[column.NameUtf8.Span];
            var now = column.Value.BinaryData.Span;
            if (was.IsMissing)
            {
                added.Add(column);
            }
            else if (was.Type != BsonType.Binary || was.BinaryData.Length > now.Length)
            {
                replaced.Add(column);
            }
            else
            {
                var offset = was.BinaryData.Span.CommonPrefixLength(now);
                grown.Add(
                    column.NameUtf8.Span,
                    new DocumentBuilder { { "o", offset }, { "d", RawValue.Binary(now[offset..]) } }
                );
            }
        }

        var diff = new DocumentBuilder();
        foreach (var (name, section) in new[] { ("u", replaced), ("i", added), ("b", grown) })
        {
            if (section.Build() is { IsEmpty: false } filled)
            {
                diff.Add(name, filled);
            }
        }

        return diff;
    }

    private static ColumnWriter Behind(int missing)
    {
        var column = new ColumnWriter();
        for (var i = 0; i < missing; i++)
        {
            column.Append(default);
        }

        return column;
    }

    private static IEnumerable<RawValue> Column(RawDocument bucket, string field)
    {
        var column = bucket["data"].AsDocument[field];
        if (IsCompressed(bucket) && column.Type == BsonType.Binary)
        {
            return ColumnReader.Read(column.BinaryData);
        }

        var times = bucket["data"].AsDocument[field].AsDocument;
        var count = times.IsEmpty
            ? 0
            : times.Max(value => int.Parse(value.Name, NumberStyles.None, CultureInfo.InvariantCulture)) + 1;
        return Enumerable.Range(0, count).Select(i => times[i.ToString(CultureInfo.InvariantCulture)]);
    }
}

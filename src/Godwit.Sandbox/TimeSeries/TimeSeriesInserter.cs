using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.TimeSeries;

/// <summary>Puts measurements into buckets: into the open one of their source where they fit, else into new ones, in one commit.</summary>
internal sealed class TimeSeriesInserter(WriteOperation operation, TimeSeriesCollection target)
{
    private const int CountMax = 1000;
    private const int BytesMax = 125 * 1024;
    private readonly List<Draft> drafts = [];
    private readonly Dictionary<string, Draft> newest = new(StringComparer.Ordinal);

    /// <summary>Refuses what is no measurement.</summary>
    internal static void Check(BucketOptions options, RawDocument measurement)
    {
        if (measurement[options.TimeField].Type != BsonType.DateTime)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"'{options.TimeField}' must be present and contain a valid BSON UTC datetime value"
            );
        }
    }

    /// <summary>Adds a measurement.</summary>
    internal void Add(RawDocument measurement)
    {
        var options = target.Options;
        var meta = options.MetaField is { } field ? measurement[field] : default;
        var source = meta.IsMissing ? "" : Convert.ToHexString(KeyString.Encode(meta));
        if (!newest.TryGetValue(source, out var draft) && Reopen(meta) is { } reopened)
        {
            drafts.Add(draft = reopened);
        }

        var time = measurement[options.TimeField].AsDateTimeMilliseconds;
        var refusal = draft?.Refuses(measurement, time, options) ?? BucketFigures.Closing.None;
        if (draft is null || refusal != BucketFigures.Closing.None)
        {
            if (draft is null)
            {
                Figures.OpenedForSource++;
            }
            else
            {
                Figures.Close(refusal);
            }

            drafts.Add(draft = Open(meta, time));
        }

        draft.Add(measurement, options);
        Figures.Measurements++;
        newest[source] = draft;
    }

    /// <summary>Writes the buckets: new ones first.</summary>
    internal void Write(int statement)
    {
        foreach (var draft in drafts.Where(one => one.Before is null))
        {
            Keep(draft, draft.Pack(target.Options), null, statement);
        }

        foreach (var draft in drafts.Where(one => one is { Before: not null, HasGrown: true }))
        {
            Keep(draft, draft.Pack(target.Options), draft.Before, statement);
        }
    }

    private BucketFigures Figures => operation.Node.OpenBuckets.FiguresOf(target.Buckets);

    private void Keep(Draft draft, RawDocument packed, RawDocument? before, int statement)
    {
        var written = packed;
        if (before is { } old)
        {
            var diff = Bucket.Diff(old, packed);
            written = DiffApplier.Apply(old, diff["diff"].AsDocument);
            var record = operation.Reader(target.Buckets).FindById(old["_id"])!.Value;
            operation.Replace(target.Buckets, record, written, diff, statement);
            Figures.Updates++;
        }
        else
        {
            operation.Insert(target.Buckets, packed, statement);
            Figures.Inserts++;
        }

        operation.Node.OpenBuckets.Keep(target.Buckets, draft.Meta, written);
    }

    private Draft? Reopen(RawValue meta) =>
        operation.Node.OpenBuckets.Find(target.Buckets, meta) is { } written
        && operation.Reader(target.Buckets).FindById(written["_id"]) is { } stored
        && stored.Document == written
        && operation.View.Routing?.Of(target.Buckets, operation.View)?.Has(written) != false
            ? Draft.Of(written, target.Options)
            : null;

    private Draft Open(RawValue meta, long time)
    {
        var start = target.Options.BucketStart(time);
        return new(operation.Node.OpenBuckets.NewId(start), meta, start);
    }

    /// <summary>A bucket being filled.</summary>
    private sealed class Draft(RawValue id, RawValue meta, long start)
    {
        private readonly List<RawDocument> measurements = [];
        private readonly Bounds bounds = new();
        private int bytes;

        internal RawValue Meta => meta;

        /// <summary>The bucket as it is stored; <see langword="null"/> for a new one.</summary>
        internal RawDocument? Before { get; private init; }

        internal bool HasGrown { get; private set; }

        internal static Draft Of(RawDocument bucket, BucketOptions options)
        {
            var least = bucket["control"].AsDocument["min"].AsDocument[options.TimeField].AsDateTimeMilliseconds;
            var draft = new Draft(bucket["_id"], bucket["meta"], least) { Before = bucket };
            Bucket.Measurements(bucket, options).ForEach(measurement => draft.Add(measurement, options));
            draft.HasGrown = false;
            return draft;
        }

        internal BucketFigures.Closing Refuses(RawDocument measurement, long time, BucketOptions options) =>
            time < start ? BucketFigures.Closing.TimeBackward
            : time >= start + (options.SpanSeconds * 1000L) ? BucketFigures.Closing.TimeForward
            : measurements.Count >= CountMax ? BucketFigures.Closing.Count
            : bytes + measurement.Length > BytesMax ? BucketFigures.Closing.Size
            : bounds.Accepts(measurement, options.MetaField) ? BucketFigures.Closing.None
            : BucketFigures.Closing.Schema;

        internal void Add(RawDocument measurement, BucketOptions options)
        {
            measurements.Add(measurement);
            bounds.Add(measurement, options.MetaField);
            bytes += measurement.Length;
            HasGrown = true;
        }

        internal RawDocument Pack(BucketOptions options) =>
            Bucket.Pack(id, meta, RawValue.DateTime(start), options, measurements);
    }
}

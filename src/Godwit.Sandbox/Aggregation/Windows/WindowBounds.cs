using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Aggregation.Windows;

/// <summary>Which documents around one belong to its window: by place, or by how far the values they sort by lie apart.</summary>
internal sealed class WindowBounds
{
    private readonly RawValue lower;
    private readonly RawValue upper;
    private readonly bool isRange;
    private readonly DateUnit? unit;

    private WindowBounds(RawValue lower, RawValue upper, bool isRange, DateUnit? unit)
    {
        this.lower = lower;
        this.upper = upper;
        this.isRange = isRange;
        this.unit = unit;
    }

    /// <summary>The whole partition.</summary>
    internal static WindowBounds All { get; } = new("unbounded", "unbounded", false, null);

    /// <summary>Whether every window begins where the partition does.</summary>
    internal bool BeginsAtStart => IsUnbounded(lower);

    /// <summary>Reads <c>window</c>.</summary>
    internal static WindowBounds Parse(RawValue window, SortPattern? order)
    {
        if (window.IsMissing)
        {
            return All;
        }

        if (window.Type != BsonType.Document)
        {
            throw Failed("'window' field must be an object");
        }

        var form = window.AsDocument;
        var (documents, range) = (form["documents"], form["range"]);
        if (!documents.IsMissing && (!range.IsMissing || form.Has("unit")))
        {
            throw Failed("Window bounds can specify either 'documents' or 'unit', not both.");
        }

        if (documents.IsMissing && range.IsMissing)
        {
            throw Failed(
                "'window' field can only contain 'documents' as the only argument or 'range' with an optional 'unit' field"
            );
        }

        DateUnit? unit = form.Has("unit")
            ? DateUnits.Parse("window", form["unit"], ((int)ErrorCode.FailedToParse, ErrorCode.FailedToParse))
            : null;
        var (lower, upper) = Pair(range.IsMissing ? documents : range);
        var bounds = new WindowBounds(lower, upper, !range.IsMissing, unit);
        bounds.Check(order);
        return bounds;
    }

    /// <summary>The window of the document at a place: from the first number to before the second.</summary>
    internal (int From, int To) Of(WindowPartition partition, int index)
    {
        var count = partition.Documents.Count;
        if (isRange)
        {
            return ByRange(partition, index);
        }

        var from = IsUnbounded(lower) ? 0 : index + Offset(lower);
        var to = IsUnbounded(upper) ? count : index + Offset(upper) + 1;
        return ((int)Math.Clamp(from, 0, count), (int)Math.Clamp(to, 0, count));
    }

    private (int From, int To) ByRange(WindowPartition partition, int index)
    {
        var value = Checked(partition.SortValue(index));
        var low = IsUnbounded(lower) ? (RawValue?)null : Shifted(value, lower);
        var high = IsUnbounded(upper) ? (RawValue?)null : Shifted(value, upper);
        var (from, to) = (index, index + 1);
        while (from > 0 && (low is null || ValueComparer.Compare(partition.SortValue(from - 1), low.Value) >= 0))
        {
            from--;
        }

        while (from < to && low is not null && ValueComparer.Compare(partition.SortValue(from), low.Value) < 0)
        {
            from++;
        }

        while (
            to < partition.Documents.Count
            && (high is null || ValueComparer.Compare(partition.SortValue(to), high.Value) <= 0)
        )
        {
            to++;
        }

        while (to > from && high is not null && ValueComparer.Compare(partition.SortValue(to - 1), high.Value) > 0)
        {
            to--;
        }

        return SkipTo(partition, low, from, to);
    }

    /// <summary>A window that lies wholly behind its document begins further on.</summary>
    private static (int From, int To) SkipTo(WindowPartition partition, RawValue? low, int from, int to)
    {
        while (from < to && low is not null && ValueComparer.Compare(partition.SortValue(from), low.Value) < 0)
        {
            from++;
        }

        return (from, Math.Max(from, to));
    }

    private RawValue Shifted(RawValue value, RawValue bound)
    {
        var offset = IsCurrent(bound) ? 0 : bound;
        return unit is { } dates
            ? RawValue.DateTime(DateUnits.Add(value.AsDateTimeMilliseconds, dates, offset.ToInt64() ?? 0, Zone.Utc))
            : Sum(value, offset);
    }

    private static RawValue Sum(RawValue left, RawValue right)
    {
        var sum = new Accumulators.ExactSum();
        sum.Add(left);
        sum.Add(right);
        return sum.Value;
    }

    private RawValue Checked(RawValue value)
    {
        var isGood = unit is null ? value.IsNumber : value.Type == BsonType.DateTime;
        if (isGood)
        {
            return value;
        }

        throw unit is null
            ? new CommandException(
                5429414,
                $"Invalid range: Expected the sortBy field to be a number, but it was {BsonTypeNames.NameOf(value.Type)}"
            )
            : new CommandException(
                5429513,
                $"Invalid range: Expected the sortBy field to be a Date, but it was {BsonTypeNames.NameOf(value.Type)}"
            );
    }

    private void Check(SortPattern? order)
    {
        foreach (var bound in (ReadOnlySpan<RawValue>)[lower, upper])
        {
            if (!IsUnbounded(bound) && !IsCurrent(bound) && !bound.IsNumber)
            {
                throw Failed("Window bounds must be 'unbounded', 'current', or a number.");
            }

            if (!isRange && bound.IsNumber && bound.ToWholeInt32() is null)
            {
                throw Failed("Numeric document-based bounds must be an integer");
            }
        }

        if (!IsUnbounded(lower) && !IsUnbounded(upper) && ValueComparer.Compare(Number(lower), Number(upper)) > 0)
        {
            throw new CommandException(5339900, $"Lower bound must not exceed upper bound: [{lower}, {upper}]");
        }

        if (isRange && order is not { Parts: [{ IsDescending: false }] })
        {
            throw order is { Parts.Count: 1 }
                ? new CommandException(8947401, "Range-based bounds require an ascending sortBy")
                : new CommandException(5339902, "Range-based bounds require sortBy a single field");
        }

        if (!isRange && order is null && !(IsUnbounded(lower) && IsUnbounded(upper)))
        {
            throw new CommandException(5339901, "Document-based bounds require a sortBy");
        }
    }

    private static (RawValue Lower, RawValue Upper) Pair(RawValue bounds) =>
        bounds.Type == BsonType.Array && bounds.AsDocument.Count() == 2
            ? (bounds.AsDocument["0"], bounds.AsDocument["1"])
            : throw Failed($"Window bounds must be a 2-element array: {bounds}");

    private static RawValue Number(RawValue bound) => IsCurrent(bound) ? 0 : bound;

    private static long Offset(RawValue bound) => IsCurrent(bound) ? 0 : bound.ToInt64() ?? 0;

    private static bool IsUnbounded(RawValue bound) => bound is { Type: BsonType.String, AsString: "unbounded" };

    private static bool IsCurrent(RawValue bound) => bound is { Type: BsonType.String, AsString: "current" };

    private static CommandException Failed(string message) => new(ErrorCode.FailedToParse, message);
}

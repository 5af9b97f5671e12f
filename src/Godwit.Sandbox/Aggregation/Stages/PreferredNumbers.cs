using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>The series of round numbers on which <c>$bucketAuto</c> may be told to end its buckets: Renard, E and 1-2-5 series, powers of two.</summary>
internal sealed class PreferredNumbers
{
    private static readonly Dictionary<string, double[]> SeriesByName = new(StringComparer.Ordinal)
    {
        ["R5"] = [10, 16, 25, 40, 63],
        ["R10"] = [100, 125, 160, 200, 250, 315, 400, 500, 630, 800],
        ["R20"] = [100, 112, 125, 140, 160, 180, 200, 224, 250, 280, 315, 355, 400, 450, 500, 560, 630, 710, 800, 900],
        ["R40"] =
        [
            100,
            106,
            112,
            118,
            125,
            132,
            140,
            150,
            160,
            170,
            180,
            190,
            200,
            212,
            224,
            236,
            250,
            265,
            280,
            300,
            315,
            355,
            375,
            400,
            425,
            450,
            475,
            500,
            530,
            560,
            600,
            630,
            670,
            710,
            750,
            800,
            850,
            900,
            950,
        ],
        ["1-2-5"] = [10, 20, 50],
        ["E6"] = [10, 15, 22, 33, 47, 68],
        ["E12"] = [10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82],
        ["E24"] = [10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30, 33, 36, 39, 43, 47, 51, 56, 62, 68, 75, 82, 91],
        ["POWERSOF2"] = [],
    };

    private readonly double[] series;

    private PreferredNumbers(double[] series) => this.series = series;

    /// <summary>Reads <c>granularity</c>; <see langword="null"/> where none is asked for.</summary>
    internal static PreferredNumbers? Parse(RawValue value)
    {
        if (value.IsMissing)
        {
            return null;
        }

        if (value.Type != BsonType.String)
        {
            throw new CommandException(
                40261,
                $"The $bucketAuto 'granularity' field must be a string, but found type: {BsonTypeNames.NameOf(value.Type)}."
            );
        }

        return SeriesByName.TryGetValue(value.AsString, out var series)
            ? new(series)
            : throw new CommandException(40257, $"Unknown rounding granularity '{value.AsString}'");
    }

    /// <summary>Refuses what cannot be rounded.</summary>
    internal void Check(RawValue value)
    {
        if (!value.IsNumber)
        {
            throw new CommandException(
                40258,
                $"$bucketAuto can specify a 'granularity' with numeric boundaries only, but found a value with type: {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        if (double.IsNaN(value.ToDouble()))
        {
            throw new CommandException(
                40259,
                "$bucketAuto can specify a 'granularity' with numeric boundaries only, but found a NaN"
            );
        }

        if (value.ToDouble() < 0)
        {
            throw new CommandException(
                40260,
                "$bucketAuto can specify a 'granularity' with non-negative numbers only, but found a negative number"
            );
        }
    }

    /// <summary>The least preferred number above a value.</summary>
    internal RawValue RoundUp(RawValue value)
    {
        var number = value.ToDouble();
        if (number == 0)
        {
            return value;
        }

        if (series.Length == 0)
        {
            return Whole(Math.Pow(2, Math.Floor(Math.Log2(number)) + 1), value);
        }

        var scale = Scale(number);
        foreach (var step in series)
        {
            if (step * scale > number)
            {
                return step * scale;
            }
        }

        return series[0] * scale * 10;
    }

    /// <summary>The greatest preferred number below a value.</summary>
    internal RawValue RoundDown(RawValue value)
    {
        var number = value.ToDouble();
        if (number == 0)
        {
            return value;
        }

        if (series.Length == 0)
        {
            return Whole(Math.Pow(2, Math.Ceiling(Math.Log2(number)) - 1), value);
        }

        var scale = Scale(number);
        foreach (var step in series.Reverse())
        {
            if (step * scale < number)
            {
                return step * scale;
            }
        }

        return series[^1] * scale / 10;
    }

    /// <summary>The power of ten that brings the series to the size of a number.</summary>
    private double Scale(double number) =>
        Math.Pow(10, Math.Floor(Math.Log10(number) - Math.Floor(Math.Log10(series[0]))));

    private static RawValue Whole(double power, RawValue value) =>
        value.Type == BsonType.Double || power < 1 || power > long.MaxValue ? power : Numbers.IntOrLong((long)power);
}

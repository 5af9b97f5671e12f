using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Trigonometric and hyperbolic functions and the two conversions of angles.</summary>
internal static class TrigonometryOperators
{
    private static readonly Decimal128 RadiansPerDegree = DecimalMath.Pi.Divide(Decimal128.FromInt64(180));
    private static readonly Decimal128 DegreesPerRadian = Decimal128.FromInt64(180).Divide(DecimalMath.Pi);

    internal static void Register(OperatorTable table)
    {
        Bounded(table, "$sin", Math.Sin, DecimalMath.Sin, Finite);
        Bounded(table, "$cos", Math.Cos, DecimalMath.Cos, Finite);
        Bounded(table, "$tan", Math.Tan, DecimalMath.Tan, Finite);
        Bounded(table, "$asin", Math.Asin, DecimalMath.Asin, Unit);
        Bounded(table, "$acos", Math.Acos, DecimalMath.Acos, Unit);
        Bounded(table, "$acosh", Math.Acosh, DecimalMath.Acosh, new(1, double.PositiveInfinity, true, "[1,inf]"));
        Bounded(table, "$atanh", Math.Atanh, DecimalMath.Atanh, Unit);
        Unbounded(table, "$atan", Math.Atan, DecimalMath.Atan);
        Unbounded(table, "$asinh", Math.Asinh, DecimalMath.Asinh);
        Unbounded(table, "$sinh", Math.Sinh, DecimalMath.Sinh);
        Unbounded(table, "$cosh", Math.Cosh, DecimalMath.Cosh);
        Unbounded(table, "$tanh", Math.Tanh, DecimalMath.Tanh);
        Unbounded(table, "$degreesToRadians", x => x * (Math.PI / 180), x => x.Multiply(RadiansPerDegree));
        Unbounded(table, "$radiansToDegrees", x => x * (180 / Math.PI), x => x.Multiply(DegreesPerRadian));
        table.Fixed("$atan2", 2, (arguments, _) => Atan2(arguments[0], arguments[1]));
    }

    private static readonly Domain Finite = new(double.NegativeInfinity, double.PositiveInfinity, false, "(-inf,inf)");
    private static readonly Domain Unit = new(-1, 1, true, "[-1,1]");

    private static void Unbounded(
        OperatorTable table,
        string name,
        Func<double, double> binary,
        Func<Decimal128, Decimal128> exact
    ) => table.Unary(name, value => ExponentialOperators.Apply(name, value, binary, exact));

    private static void Bounded(
        OperatorTable table,
        string name,
        Func<double, double> binary,
        Func<Decimal128, Decimal128> exact,
        Domain domain
    ) =>
        table.Unary(
            name,
            value =>
            {
                if (value.IsNumber && !domain.Contains(value.ToDouble()))
                {
                    throw new CommandException(
                        50989,
                        $"cannot apply {name} to {Numbers.Describe(value.ToDouble())}, value must be in {domain.Text}"
                    );
                }

                return ExponentialOperators.Apply(name, value, binary, exact);
            }
        );

    private static RawValue Atan2(RawValue y, RawValue x)
    {
        foreach (var (value, code) in new[] { (y, 51044), (x, 51045) })
        {
            if (value.IsNullish)
            {
                return RawValue.Null;
            }

            if (!value.IsNumber)
            {
                throw new CommandException(
                    code,
                    $"$atan2 only supports numeric types, not {BsonTypeNames.NameOf(value.Type)}"
                );
            }
        }

        return Numbers.Widest(y.Type, x.Type) == BsonType.Decimal128
            ? DecimalMath.Atan2(y.ToDecimal(), x.ToDecimal()).ToRaw()
            : Math.Atan2(y.ToDouble(), x.ToDouble());
    }

    /// <summary>Where a function is defined; NaN passes everywhere.</summary>
    private sealed record Domain(double Low, double High, bool IsClosed, string Text)
    {
        internal bool Contains(double value) =>
            double.IsNaN(value) || (IsClosed ? value >= Low && value <= High : value > Low && value < High);
    }
}

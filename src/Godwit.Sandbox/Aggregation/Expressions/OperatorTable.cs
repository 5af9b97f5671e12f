using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Parses one operator from the value that stands beside its name.</summary>
internal delegate Expression OperatorParser(string name, RawValue argument, ExpressionContext context);

/// <summary>All operators by name.</summary>
internal sealed class OperatorTable
{
    private static readonly Dictionary<string, OperatorParser> Parsers = Build();
    private readonly Dictionary<string, OperatorParser> parsers = new(StringComparer.Ordinal);

    /// <summary>The parser of an operator that a release knows.</summary>
    internal static OperatorParser Find(string name, Version release) =>
        Parsers.TryGetValue(name, out var parser) && release.Knows(name)
            ? parser
            : throw new CommandException(ErrorCode.InvalidPipelineOperator, $"Unrecognized expression '{name}'");

    /// <summary>An operator with its own syntax.</summary>
    internal void Add(string name, OperatorParser parser) => parsers.Add(name, parser);

    /// <summary>An operator of exactly so many arguments.</summary>
    internal void Fixed(string name, int count, OperatorFunction function) =>
        Add(
            name,
            (_, argument, context) =>
            {
                var arguments = ExpressionParser.ParseArguments(argument, context);
                CheckCount(name, arguments.Length, count);
                return new OperatorExpression(function, arguments, context);
            }
        );

    /// <summary>An operator of one argument.</summary>
    internal void Unary(string name, Func<RawValue, RawValue> function) =>
        Fixed(name, 1, (arguments, _) => function(arguments[0]));

    /// <summary>An operator whose number of arguments may vary between two bounds.</summary>
    internal void Ranged(string name, int least, int most, OperatorFunction function) =>
        Add(
            name,
            (_, argument, context) =>
            {
                var arguments = ExpressionParser.ParseArguments(argument, context);
                return arguments.Length >= least && arguments.Length <= most
                    ? new OperatorExpression(function, arguments, context)
                    : throw new CommandException(
                        28667,
                        $"Expression {name} takes at least {least} arguments, and at most {most}, but {arguments.Length} were passed in."
                    );
            }
        );

    /// <summary>An operator of any number of arguments.</summary>
    internal void Variadic(string name, OperatorFunction function) =>
        Add(
            name,
            (_, argument, context) =>
                new OperatorExpression(function, ExpressionParser.ParseArguments(argument, context), context)
        );

    /// <summary>Refuses a wrong number of arguments.</summary>
    internal static void CheckCount(string name, int given, int wanted)
    {
        if (given != wanted)
        {
            throw new CommandException(
                16020,
                $"Expression {name} takes exactly {wanted} arguments. {given} were passed in."
            );
        }
    }

    private static Dictionary<string, OperatorParser> Build()
    {
        var table = new OperatorTable();
        ArithmeticOperators.Register(table);
        LogicOperators.Register(table);
        ConditionalOperators.Register(table);
        ScopeOperators.Register(table);
        ArrayOperators.Register(table);
        StringOperators.Register(table);
        ObjectOperators.Register(table);
        TypeOperators.Register(table);
        DatePartOperators.Register(table);
        DateTextOperators.Register(table);
        DateConstructionOperators.Register(table);
        DateArithmeticOperators.Register(table);
        AccumulatorOperators.Register(table);
        MiscellaneousOperators.Register(table);
        return table.parsers;
    }
}

using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$cond</c>, <c>$switch</c> and <c>$ifNull</c>: only the chosen branch is evaluated.</summary>
internal static class ConditionalOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Add("$cond", (_, argument, context) => ParseCond(argument, context));
        table.Add("$switch", (_, argument, context) => ParseSwitch(argument, context));
        table.Add("$ifNull", (_, argument, context) => ParseIfNull(argument, context));
    }

    private static SwitchExpression ParseCond(RawValue argument, ExpressionContext context)
    {
        if (argument.Type != BsonType.Document)
        {
            var list = ExpressionParser.ParseArguments(argument, context);
            OperatorTable.CheckCount("$cond", list.Length, 3);
            return new([new(list[0], list[1])], list[2]);
        }

        var named = NamedArguments.Read("$cond", argument, context, (17080, 17083), "if", "then", "else");
        return new([new(named.Required("if", 17080), named.Required("then", 17081))], named.Required("else", 17082));
    }

    private static SwitchExpression ParseSwitch(RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read("$switch", argument, context, (40060, 40067), "branches", "default");
        var branches = new List<Branch>();
        var list = named.Raw("branches");
        if (!list.IsMissing && list.Type != BsonType.Array)
        {
            throw new CommandException(40061, "$switch expected an array for 'branches'");
        }

        foreach (var item in list.IsMissing ? [] : list.AsDocument.Values())
        {
            branches.Add(ParseBranch(item, context));
        }

        return branches.Count == 0
            ? throw new CommandException(40068, "$switch requires at least one branch")
            : new(branches, named.Optional("default"));
    }

    private static Branch ParseBranch(RawValue item, ExpressionContext context)
    {
        var named = NamedArguments.Read("$switch", item, context, (40062, 40063), "case", "then");
        return new(named.Required("case", 40064), named.Required("then", 40065));
    }

    private static IfNullExpression ParseIfNull(RawValue argument, ExpressionContext context)
    {
        var arguments = ExpressionParser.ParseArguments(argument, context);
        return arguments.Length >= 2
            ? new(arguments)
            : throw new CommandException(1257300, $"$ifNull needs at least two arguments, had: {arguments.Length}");
    }

    /// <summary>One case of a <c>$switch</c>.</summary>
    private readonly record struct Branch(Expression When, Expression Then);

    /// <summary>The first branch whose condition holds, else the default.</summary>
    private sealed class SwitchExpression(IReadOnlyList<Branch> branches, Expression? fallback) : Expression
    {
        /// <inheritdoc/>
        internal override RawValue Evaluate(RawDocument root, Variables variables)
        {
            foreach (var (when, then) in branches)
            {
                if (when.IsTrue(root, variables))
                {
                    return then.Evaluate(root, variables);
                }
            }

            return fallback is null
                ? throw new CommandException(
                    40066,
                    "$switch could not find a matching branch for an input, and no default was specified."
                )
                : fallback.Evaluate(root, variables);
        }

        /// <inheritdoc/>
        internal override Expression Optimize()
        {
            var kept = new List<Branch>();
            var last = fallback;
            foreach (var (when, then) in branches)
            {
                var condition = when.Optimize();
                if (condition is not ConstantExpression constant)
                {
                    kept.Add(new(condition, then.Optimize()));
                }
                else if (constant.Value.IsTruthy())
                {
                    last = then;
                    break;
                }
            }

            if (kept.Count > 0)
            {
                return new SwitchExpression(kept, last?.Optimize());
            }

            return last?.Optimize()
                ?? throw new CommandException(
                    40069,
                    "Cannot execute a switch statement where all the cases evaluate to false without a default"
                );
        }
    }

    /// <summary>The first argument that is not null, else the last.</summary>
    private sealed class IfNullExpression(IReadOnlyList<Expression> arguments) : Expression
    {
        /// <inheritdoc/>
        internal override RawValue Evaluate(RawDocument root, Variables variables)
        {
            RawValue value = default;
            foreach (var argument in arguments)
            {
                value = argument.Evaluate(root, variables);
                if (!value.IsNullish)
                {
                    return value;
                }
            }

            return value;
        }

        /// <inheritdoc/>
        internal override Expression Optimize()
        {
            Expression[] optimized = [.. arguments.Select(argument => argument.Optimize())];
            var result = new IfNullExpression(optimized);
            return Array.TrueForAll(optimized, argument => argument is ConstantExpression)
                ? new ConstantExpression(result.Evaluate(RawDocument.Empty, Variables.Empty))
                : result;
        }
    }
}

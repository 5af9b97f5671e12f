using Godwit.Bson;
using Godwit.Sandbox.Aggregation;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Reading;

/// <summary>Makes what filters and expressions of a command are read with: collation, <c>let</c>, the time.</summary>
internal static class QueryContexts
{
    /// <summary>The context of a command's filter.</summary>
    internal static QueryContext For(CommandContext context, IStringCollation? collation, RawDocument? let = null)
    {
        var expressions = new Lazy<ExpressionContext>(() => Expressions(context, collation, let));
        return new()
        {
            Collation = collation,
            Work = context.Work,
            ParseExpression = value =>
            {
                var expression = Expression.Parse(value, expressions.Value).Optimize();
                return document => expression.Evaluate(document, Variables.Empty);
            },
        };
    }

    /// <summary>The context of a command's expressions.</summary>
    internal static ExpressionContext Expressions(
        CommandContext context,
        IStringCollation? collation,
        RawDocument? let
    ) =>
        ExpressionContext.ForCommand(
            context.Member.Time.GetUtcNow(),
            context.Node.Options.ReplicaSet is null ? null : context.Node.Clock.Now,
            collation is null ? null : new ValueComparer(collation),
            let,
            context.Member.Profile.Version
        );
}

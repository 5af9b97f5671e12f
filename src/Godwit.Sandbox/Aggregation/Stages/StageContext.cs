using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>What parsing and running the stages of one pipeline needs.</summary>
internal sealed record StageContext
{
    /// <summary>The command the pipeline is part of.</summary>
    internal required CommandContext Command { get; init; }

    /// <summary>What the pipeline runs on; without collection for <c>{aggregate: 1}</c>.</summary>
    internal required Namespace Namespace { get; init; }

    /// <summary>What is seen of other collections; <see langword="null"/> where stages may not look at any.</summary>
    internal ReadView? View { get; init; }

    /// <summary>Gives other collections, where they are not in the view but elsewhere: in a router.</summary>
    internal Func<Namespace, IReadOnlyList<RawDocument>>? Elsewhere { get; init; }

    /// <summary>The order of strings; <see langword="null"/> for that of their bytes.</summary>
    internal IStringCollation? Collation { get; init; }

    /// <summary>What expressions are read with.</summary>
    internal required ExpressionContext Expressions { get; init; }

    /// <summary>The values of variables.</summary>
    internal VariableScope Scope { get; private init; } = new();

    /// <summary>Where the pipeline stands.</summary>
    internal PipelinePlace Place { get; init; }

    /// <summary>Whether sorts may use the disk.</summary>
    internal bool AllowsDiskUse => Command.Arguments.Boolean("allowDiskUse") ?? true;

    /// <summary>The collation of a command and its <c>let</c>.</summary>
    internal static StageContext For(
        CommandContext command,
        Namespace ns,
        IStringCollation? collation,
        RawDocument? let,
        ReadView? view = null
    ) =>
        new()
        {
            Command = command,
            Namespace = ns,
            View = view,
            Collation = collation,
            Expressions = QueryContexts.Expressions(command, collation, let),
        };

    /// <summary>The context of the stages behind a command's <c>$changeStream</c>.</summary>
    internal static StageContext ForChangeStream(CommandContext command, Namespace ns) =>
        For(command, ns, Collations.Of(command.Arguments.Document("collation")), command.Arguments.Document("let")) with
        {
            Place = PipelinePlace.ChangeStream,
        };

    /// <summary>The context of a pipeline inside this one, on another collection.</summary>
    internal StageContext Inside(PipelinePlace place, Namespace ns, ExpressionContext? expressions = null) =>
        this with
        {
            Place = place,
            Namespace = ns,
            Expressions = expressions ?? Expressions,
            Scope = new(),
        };

    /// <summary>Reads an expression and gives what evaluates it.</summary>
    internal Func<RawDocument, RawValue> Expression(RawValue value) => Evaluator(Parse(value));

    /// <summary>Reads an expression; constants are evaluated.</summary>
    internal Expression Parse(RawValue value) => Aggregation.Expression.Parse(value, Expressions).OptimizeForPipeline();

    /// <summary>What evaluates an expression with the variables of this pipeline.</summary>
    internal Func<RawDocument, RawValue> Evaluator(Expression expression)
    {
        var scope = Scope;
        return document => expression.Evaluate(document, scope.Current);
    }

    /// <summary>What filters and projections are read with.</summary>
    internal QueryContext Query => new() { Collation = Collation, ParseExpression = Expression };

    /// <summary>Compares values.</summary>
    internal ValueComparer Comparer => Expressions.Comparer;
}

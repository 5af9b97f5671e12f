using Godwit.Bson;

namespace Godwit.Sandbox.Explaining;

/// <summary>A stage of a plan as <c>explain</c> shows it.</summary>
/// <param name="Stage">Its name.</param>
internal sealed record PlanNode(string Stage)
{
    /// <summary>What it tests documents by; <see langword="null"/> for nothing.</summary>
    internal RawDocument? Filter { get; init; }

    /// <summary>What it is told.</summary>
    internal RawDocument Fields { get; init; } = RawDocument.Empty;

    /// <summary>What it counted while it ran.</summary>
    internal RawDocument Counters { get; init; } = RawDocument.Empty;

    /// <summary>Whether its counters stand before what it is told.</summary>
    internal bool CountsFirst { get; init; }

    /// <summary>The first and the last key, of a stage that reads an index.</summary>
    internal (RawDocument First, RawDocument Last) Keys { get; init; }

    /// <summary>How many results it gave.</summary>
    internal long Returned { get; init; }

    /// <summary>How many it looked at to give them.</summary>
    internal long Examined { get; init; }

    /// <summary>The stages it takes its input from.</summary>
    internal IReadOnlyList<PlanNode> Inputs { get; init; } = [];

    /// <summary>Whether it answers without the stages of a common plan, and has none of their counters.</summary>
    private bool IsExpress => Stage.StartsWith("EXPRESS", StringComparison.Ordinal);

    /// <summary>As part of the winning plan.</summary>
    internal RawDocument ToPlan(bool isRoot = true)
    {
        var builder = Begin(isRoot).AddAll(Fields);
        return AddInputs(builder, input => input.ToPlan(isRoot: false)).Build();
    }

    /// <summary>As part of the execution's figures.</summary>
    internal RawDocument ToExecution(bool isRoot = true)
    {
        var builder = Begin(isRoot);
        if (IsExpress)
        {
            return builder.AddAll(Fields).AddAll(Counters).Add("nReturned", (int)Returned).Build();
        }

        var looked = Math.Max(Examined, Returned);
        builder
            .Add("nReturned", (int)Returned)
            .Add("executionTimeMillisEstimate", 0)
            .Add("works", (int)looked + 1)
            .Add("advanced", (int)Returned)
            .Add("needTime", (int)(looked - Returned))
            .Add("needYield", 0)
            .Add("saveState", 0)
            .Add("restoreState", 0)
            .Add("isEOF", 1)
            .AddAll(CountsFirst ? Counters : Fields)
            .AddAll(CountsFirst ? Fields : Counters);
        return AddInputs(builder, input => input.ToExecution(isRoot: false)).Build();
    }

    private DocumentBuilder Begin(bool isRoot)
    {
        var builder = new DocumentBuilder();
        if (isRoot)
        {
            builder.Add("isCached", false);
        }

        builder.Add("stage", Stage);
        return Filter is { } filter ? builder.Add("filter", filter) : builder;
    }

    private DocumentBuilder AddInputs(DocumentBuilder builder, Func<PlanNode, RawDocument> show) =>
        Inputs.Count switch
        {
            0 => builder,
            1 => builder.Add("inputStage", show(Inputs[0])),
            _ => builder.Add("inputStages", RawValue.Array(Inputs.Select(input => (RawValue)show(input)))),
        };
}

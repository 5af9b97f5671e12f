using System.Collections.Frozen;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>Opens the change stream that an <c>aggregate</c> asks for, or refuses with the reason the server gives.</summary>
internal static class ChangeStreamOpening
{
    private const string SplitStage = "$changeStreamSplitLargeEvent";

    /// <summary>Stages MongoDB knows and does not let follow; those it does not know are refused as unknown.</summary>
    private static readonly FrozenSet<string> StagesRefused = new[]
    {
        "$bucket",
        "$bucketAuto",
        "$collStats",
        "$count",
        "$currentOp",
        "$densify",
        "$documents",
        "$facet",
        "$fill",
        "$geoNear",
        "$graphLookup",
        "$group",
        "$indexStats",
        "$limit",
        "$listLocalSessions",
        "$listSessions",
        "$lookup",
        "$merge",
        "$out",
        "$planCacheStats",
        "$sample",
        "$setWindowFields",
        "$skip",
        "$sort",
        "$sortByCount",
        "$unionWith",
        "$unwind",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Opens a stream on <paramref name="ns"/>; its collection is empty for a whole database or cluster.</summary>
    /// <param name="context">The running command.</param>
    /// <param name="ns">Where <c>aggregate</c> was sent.</param>
    /// <param name="stages">The whole pipeline, <c>$changeStream</c> first.</param>
    /// <param name="compile">Makes the function that passes one event through further stages, or drops it.</param>
    internal static ChangeStreamSource Open(
        CommandContext context,
        Namespace ns,
        IReadOnlyList<RawDocument> stages,
        Func<IReadOnlyList<RawDocument>, Func<RawDocument, RawDocument?>> compile
    )
    {
        var node = context.Node;
        if (node.Options.ReplicaSet is null)
        {
            throw new CommandException(40573, "The $changeStream stage is only supported on replica sets");
        }

        if (node.Catalog.Latest.Find(ns) is { IsView: true })
        {
            throw OnView(ns);
        }

        return new(Parse(context, ns, stages, compile, [new NodeHistory(node)]), _ => [node.Changed.Next]);
    }

    /// <summary>Reads the stages and begins a stream over the oplogs given.</summary>
    internal static ChangeStream Parse(
        CommandContext context,
        Namespace ns,
        IReadOnlyList<RawDocument> stages,
        Func<IReadOnlyList<RawDocument>, Func<RawDocument, RawDocument?>> compile,
        IReadOnlyList<IChangeStreamHistory> histories
    )
    {
        CheckCommand(context);
        var isStrict = context.Body["apiStrict"].IsTruthy();
        var specification = ChangeStreamSpecification.Parse(
            stages[0]["$changeStream"],
            ns,
            isStrict,
            context.Member.Profile.Version
        );
        var further = stages.Skip(1).ToList();
        var splits = CheckStages(further);
        var pipeline = compile(splits ? further[..^1] : further);
        return new(specification, histories, pipeline, splits);
    }

    /// <summary>The refusal of a stream on a view.</summary>
    internal static CommandException OnView(Namespace ns) =>
        new(ErrorCode.CommandNotSupportedOnView, $"Namespace {ns} is a view, not a collection");

    private static void CheckCommand(CommandContext context)
    {
        if (context.Session.IsTransaction)
        {
            throw new CommandException(
                ErrorCode.OperationNotSupportedInTransaction,
                "Operation not permitted in transaction :: caused by :: Aggregation stage $changeStream cannot run within a multi-document transaction."
            );
        }

        var concern = context.Body["readConcern"];
        if (
            concern.Type == BsonType.Document
            && concern.AsDocument["level"] is { Type: BsonType.String } level
            && level.AsString != "majority"
        )
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                $"Command aggregate does not support {{ readConcern: {{ level: \"{level.AsString}\", provenance: \"clientSupplied\" }} }} :: caused by :: "
                    + $"Aggregation stage $changeStream cannot run with a readConcern other than 'majority'. Current readConcern: {level.AsString}"
            );
        }
    }

    private static void CheckPermitted(string stage)
    {
        if (StagesRefused.Contains(stage))
        {
            throw new CommandException(
                ErrorCode.IllegalOperation,
                $"{stage} is not permitted in a $changeStream pipeline"
            );
        }
    }

    /// <summary>Checks the stages after the first. Returns whether the last one splits large events.</summary>
    private static bool CheckStages(List<RawDocument> stages)
    {
        for (var i = 0; i < stages.Count; i++)
        {
            var stage = stages[i].First();
            if (!stage.NameIs(SplitStage))
            {
                CheckPermitted(stage.Name);
                continue;
            }

            if (stage.Value.Type != BsonType.Document || !stage.Value.AsDocument.IsEmpty)
            {
                throw new CommandException(7182800, "$changeStreamSplitLargeEvent spec should be an empty object");
            }

            if (i < stages.Count - 1)
            {
                throw new CommandException(
                    7182802,
                    "$changeStreamSplitLargeEvent must be the last stage in the pipeline"
                );
            }
        }

        return stages.Count > 0 && stages[^1].First().NameIs(SplitStage);
    }
}

using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Writing;

/// <summary>Takes a document through the stages of a pipeline update.</summary>
internal static class UpdatePipelines
{
    /// <summary>Reads the stages.</summary>
    internal static Func<RawDocument, RawDocument> Parse(
        CommandContext context,
        IReadOnlyList<RawDocument> stages,
        IStringCollation? collation,
        RawDocument? let
    )
    {
        var place = StageContext.For(context, default, collation, let) with { Place = PipelinePlace.Update };
        var run = Pipeline.Parse(stages, place).PerDocument();
        return document => run(document) ?? document;
    }
}

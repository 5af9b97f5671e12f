using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Reading;

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
        var run = new PipelineStages(context, collation, let).PerDocument(stages);
        return document => run(document) ?? document;
    }
}

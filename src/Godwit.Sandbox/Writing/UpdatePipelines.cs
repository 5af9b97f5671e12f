using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

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
        _ = (context, collation, let);
        return stages.Count == 0
            ? document => document
            : throw new CommandException(ErrorCode.NotImplemented, "pipeline updates are not supported");
    }
}

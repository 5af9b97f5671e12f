using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update;

/// <summary>
/// An update written as aggregation stages. It is logged as the diff between the documents, or whole where the diff
/// would not be smaller.
/// </summary>
internal sealed class PipelineProgram : UpdateProgram
{
    private static readonly HashSet<string> Allowed = new(StringComparer.Ordinal)
    {
        "$addFields",
        "$set",
        "$project",
        "$unset",
        "$replaceRoot",
        "$replaceWith",
    };

    private readonly Func<RawDocument, RawDocument> run;

    private PipelineProgram(Func<RawDocument, RawDocument> run) => this.run = run;

    internal override UpdateKind Kind => UpdateKind.Pipeline;

    internal static PipelineProgram Parse(RawDocument stages, UpdateContext context)
    {
        var list = new List<RawDocument>();
        foreach (var stage in stages.Values())
        {
            list.Add(
                stage.Type == BsonType.Document
                    ? stage.AsDocument
                    : throw new CommandException(
                        ErrorCode.TypeMismatch,
                        "Each element of the 'pipeline' array must be an object"
                    )
            );
        }

        var run = context.ParsePipeline(list);
        foreach (var stage in list)
        {
            var name = stage.First().Name;
            if (!Allowed.Contains(name))
            {
                throw new CommandException(
                    ErrorCode.InvalidOptions,
                    $"{name} is not allowed to be used within an update"
                );
            }
        }

        return new(run);
    }

    protected override UpdateOutcome Apply(RawDocument before, int? positionalIndex, bool isInsert)
    {
        var transformed = run(before);
        if (before == transformed)
        {
            return UpdateOutcome.Unchanged(before);
        }

        var after = Replacing.Replace(before, transformed, allowsDollarFields: true, isInsert);
        var diff = isInsert ? null : Diff(before, transformed);
        var entry = diff is { } value ? new DocumentBuilder { { "$v", 2 }, { "diff", value } }.Build() : after;
        return new(true, IdFirst(after), entry);
    }

    private static RawDocument? Diff(RawDocument before, RawDocument after)
    {
        try
        {
            return DiffCalculator.Compute(before, after);
        }
        catch (BsonFormatException exception)
        {
            throw new CommandException(7_693_400, exception.Message);
        }
    }
}

using Godwit.Bson;

namespace Godwit.Sandbox.Update;

/// <summary>An update that gives the whole new document. It is logged whole, however small the change.</summary>
/// <param name="replacement">The document as the client wrote it.</param>
/// <param name="context">What it depends on besides.</param>
internal sealed class ReplacementProgram(RawDocument replacement, UpdateContext context) : UpdateProgram
{
    private readonly RawDocument replacement = FillTimestamps(replacement, context);

    internal override UpdateKind Kind => UpdateKind.Replacement;

    protected override UpdateOutcome Apply(RawDocument before, int? positionalIndex, bool isInsert)
    {
        if (before == replacement)
        {
            return UpdateOutcome.Unchanged(before);
        }

        var after = Replacing.Replace(before, replacement, allowsDollarFields: false, isInsert);
        return new(true, IdFirst(after), after);
    }

    /// <summary>Empty timestamps at the top level, <c>_id</c> aside, mean "now".</summary>
    private static RawDocument FillTimestamps(RawDocument document, UpdateContext context)
    {
        if (context.KeepsEmptyTimestamps || !document.Any(IsEmptyTimestamp))
        {
            return document;
        }

        var builder = new DocumentBuilder(document.Length);
        foreach (var field in document)
        {
            _ = IsEmptyTimestamp(field) ? builder.Add(field.NameUtf8.Span, context.TickTime()) : builder.Add(field);
        }

        return builder.Build();
    }

    private static bool IsEmptyTimestamp(RawElement field) =>
        field.Type == BsonType.Timestamp && field.Value.AsTimestamp == ClusterTime.Zero && !field.NameIs("_id"u8);
}

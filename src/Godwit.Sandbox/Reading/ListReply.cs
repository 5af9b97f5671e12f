using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Cursors;

namespace Godwit.Sandbox.Reading;

/// <summary>The cursor reply of the list commands, which name id and namespace before the batch.</summary>
internal static class ListReply
{
    /// <summary>Opens the cursor and makes the reply.</summary>
    internal static RawDocument Open(CommandContext context, IDocumentSource source, CursorOptions options)
    {
        var cursor = Cursor(context, source, options);
        return new DocumentBuilder(cursor.Length + 64)
        {
            {
                "cursor",
                new DocumentBuilder(cursor.Length)
                {
                    { "id", cursor["id"] },
                    { "ns", cursor["ns"] },
                    { "firstBatch", cursor["firstBatch"] },
                }
            },
        }.Build();
    }

    /// <summary>The cursor of bulkWrite: id, batch, namespace.</summary>
    internal static RawDocument OpenWithIdFirst(CommandContext context, IDocumentSource source, CursorOptions options)
    {
        var cursor = Cursor(context, source, options);
        return new DocumentBuilder(cursor.Length)
        {
            { "id", cursor["id"] },
            { "firstBatch", cursor["firstBatch"] },
            { "ns", cursor["ns"] },
        }.Build();
    }

    private static RawDocument Cursor(CommandContext context, IDocumentSource source, CursorOptions options) =>
        context.Member.Cursors.OpenReply(context, source, options)["cursor"].AsDocument;
}

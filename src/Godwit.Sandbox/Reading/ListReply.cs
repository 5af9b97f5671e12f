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
        var reply = context.Member.Cursors.OpenReply(context, source, options);
        var cursor = reply["cursor"].AsDocument;
        return new DocumentBuilder(reply.Length + 16)
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
}

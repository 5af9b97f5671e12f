using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>
/// <c>$changeStreamSplitLargeEvent</c>: cuts an event that no reply could carry into fragments, its fields in ascending order
/// of size, each fragment with a token of its own.
/// </summary>
internal static class LargeEventSplitter
{
    /// <summary>Largest document a reply carries (16 MiB and room for the envelope) less what the server keeps back.</summary>
    private const int DocumentBytesMax = (16 * 1024 * 1024) + (16 * 1024);
    private const int EventBytesMax = DocumentBytesMax - (8 * 1024);

    /// <summary>Room for a fragment's <c>_id</c>, <c>splitEvent</c> and document frame beside the token's own text.</summary>
    private const int FrameBytes = 128;

    /// <summary>Refuses an event that is larger than any document a reply can carry.</summary>
    internal static RawDocument Fitting(RawDocument change) =>
        change.Length <= DocumentBytesMax
            ? change
            : throw new CommandException(
                ErrorCode.BSONObjectTooLarge,
                $"Executor error during getMore :: caused by :: BSONObj size: {change.Length} (0x{change.Length:X}) is invalid. "
                    + $"Size must be between 0 and {DocumentBytesMax}(16MB) First element: _id: {change["_id"]}"
            );

    internal static bool NeedsSplit(RawDocument change, ResumeToken token) =>
        change.Length + token.ToData().Length > EventBytesMax;

    internal static IReadOnlyList<RawDocument> Split(RawDocument change, ResumeToken token)
    {
        var room = EventBytesMax - FrameBytes - (2 * token.ToData().Length);
        var fragments = new List<List<RawElement>> { new() };
        var used = 0;
        foreach (var field in FieldsBySize(change))
        {
            if (field.Bytes.Length > room)
            {
                throw new CommandException(
                    7182500,
                    $"Splitting change event failed: fragment {fragments.Count} with resume token cannot fit field '{field.Name}'"
                );
            }

            if (used + field.Bytes.Length > room)
            {
                fragments.Add([]);
                used = 0;
            }

            fragments[^1].Add(field);
            used += field.Bytes.Length;
        }

        return [.. fragments.Select((fields, index) => Fragment(fields, token, index, fragments.Count))];
    }

    private static IEnumerable<RawElement> FieldsBySize(RawDocument change) =>
        ((IEnumerable<RawElement>)change)
            .Where(field => !field.NameIs("_id"))
            .OrderBy(field => field.Bytes.Length)
            .ThenBy(field => field.Name, StringComparer.Ordinal);

    private static RawDocument Fragment(List<RawElement> fields, ResumeToken token, int index, int count)
    {
        var builder = new DocumentBuilder
        {
            { "_id", (token with { FragmentNumber = index }).ToDocument() },
            {
                "splitEvent",
                new DocumentBuilder { { "fragment", index + 1 }, { "of", count } }
            },
        };
        foreach (var field in fields)
        {
            _ = builder.Add(field);
        }

        return builder.Build();
    }
}

using Godwit.Bson;

namespace Godwit.Bench.NullServers;

/// <summary>The small replies.</summary>
internal static class Replies
{
    public static RawDocument Ok(NullClock clock, DocumentBuilder? fields = null) =>
        clock.AddTo((fields ?? new()).Add("ok", 1.0)).Build();

    public static RawDocument Error(NullClock clock, int code, string name, string message) =>
        clock
            .AddTo(
                new()
                {
                    { "ok", 0.0 },
                    { "errmsg", message },
                    { "code", code },
                    { "codeName", name },
                }
            )
            .Build();

    /// <summary>What stands behind the batch in a cursor.</summary>
    public static RawDocument RestOfCursor(long id, Namespace name, RawValue resumeToken = default) =>
        new DocumentBuilder
        {
            { "postBatchResumeToken", resumeToken },
            { "id", id },
            { "ns", name.ToString() },
        }.Build();

    /// <summary>A cursor that is at its end, or one of a stream that has nothing new.</summary>
    public static RawDocument Cursor(
        NullClock clock,
        Namespace name,
        IEnumerable<RawDocument> documents,
        long id = 0,
        bool isFirst = true,
        RawValue resumeToken = default
    )
    {
        var batch = RawValue.Array(documents.Select(RawValue.Document));
        var cursor = new DocumentBuilder { { isFirst ? "firstBatch" : "nextBatch", batch } }.AddAll(
            RestOfCursor(id, name, resumeToken)
        );
        return Ok(clock, new() { { "cursor", cursor } });
    }

    /// <summary>A resume token that says: nothing up to this time is missing.</summary>
    public static RawDocument HighWaterMark(ClusterTime time) =>
        new DocumentBuilder { { "_data", FormattableString.Invariant($"82{time.Packed:X16}2B0429296E1404") } }.Build();
}

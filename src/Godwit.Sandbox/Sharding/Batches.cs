using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>Cuts documents into portions that fit into one message.</summary>
internal static class Batches
{
    private const int CountMax = 200;
    private const int BytesMax = 16 * 1024 * 1024;

    /// <summary>The portions, in order.</summary>
    internal static IEnumerable<IReadOnlyList<RawDocument>> Of(IEnumerable<RawDocument> documents)
    {
        var batch = new List<RawDocument>();
        var bytes = 0L;
        foreach (var document in documents)
        {
            batch.Add(document);
            bytes += document.Length;
            if (batch.Count == CountMax || bytes > BytesMax)
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}

using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>Documents in groups.</summary>
internal static class WriteGroups
{
    private const int CountMax = 500;
    private const int BytesMax = 2 * 1024 * 1024;

    /// <summary>Groups that are inserted in one commit.</summary>
    internal static IEnumerable<IReadOnlyList<RawDocument>> Of(IEnumerable<RawDocument> documents) =>
        Of(documents, CountMax, BytesMax);

    /// <summary>Groups of so many documents, or bytes, at most.</summary>
    internal static IEnumerable<IReadOnlyList<RawDocument>> Of(
        IEnumerable<RawDocument> documents,
        int countMax,
        int bytesMax
    )
    {
        var group = new List<RawDocument>();
        var bytes = 0;
        foreach (var document in documents)
        {
            if (group.Count == countMax || (group.Count > 0 && bytes + document.Length > bytesMax))
            {
                yield return group;
                group = [];
                bytes = 0;
            }

            group.Add(document);
            bytes += document.Length;
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }
}

using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>Documents in groups that are inserted in one commit.</summary>
internal static class WriteGroups
{
    private const int CountMax = 500;
    private const int BytesMax = 2 * 1024 * 1024;

    internal static IEnumerable<IReadOnlyList<RawDocument>> Of(IEnumerable<RawDocument> documents)
    {
        var group = new List<RawDocument>();
        var bytes = 0;
        foreach (var document in documents)
        {
            if (group.Count == CountMax || (group.Count > 0 && bytes + document.Length > BytesMax))
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

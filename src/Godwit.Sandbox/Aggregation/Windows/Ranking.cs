using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Windows;

/// <summary><c>$rank</c>, <c>$denseRank</c> and <c>$documentNumber</c>.</summary>
internal static class Ranking
{
    internal static WindowFunction Rank(RawElement form) =>
        Checked(form, partition => Ranks(partition, isDense: false));

    internal static WindowFunction DenseRank(RawElement form) =>
        Checked(form, partition => Ranks(partition, isDense: true));

    internal static WindowFunction Number(RawElement form) =>
        Checked(form, partition => Enumerable.Range(1, partition.Documents.Count).Select(RawValue.Int32));

    private static WindowFunction Checked(RawElement form, WindowFunction function) =>
        form.Type == BsonType.Document && form.Value.AsDocument.IsEmpty
            ? function
            : throw new Errors.CommandException(5371603, $"{form.Name} must be specified with '{{}}' as the value");

    private static IEnumerable<RawValue> Ranks(WindowPartition partition, bool isDense)
    {
        var rank = 0;
        for (var i = 0; i < partition.Documents.Count; i++)
        {
            if (i == 0 || !partition.IsPeerOfPrevious(i))
            {
                rank = isDense ? rank + 1 : i + 1;
            }

            yield return rank;
        }
    }
}

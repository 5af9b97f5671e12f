using System.Globalization;

namespace Godwit.Bson;

/// <summary>
/// Computes the <c>$v:2</c> diff between two documents as MongoDB's pipeline updates do: one walk over both, not minimal;
/// a nested diff that is not smaller than the new value gives way to the value, a whole diff to a replacement.
/// </summary>
public static class DiffCalculator
{
    /// <summary>What the fields <c>$v</c> and <c>diff</c> of the oplog entry take, as MongoDB counts it.</summary>
    private const int EntryOverheadBytes = 15;

    /// <summary>The diff; <see langword="null"/> if it would not be smaller than the new document.</summary>
    /// <exception cref="BsonFormatException">A field name occurs more than once where it matters.</exception>
    public static RawDocument? Compute(RawDocument before, RawDocument after) =>
        Compare(before, after, EntryOverheadBytes)?.Build();

    private static DiffNode.DocumentChange? Compare(RawDocument before, RawDocument after, int padding)
    {
        var node = new DiffNode.DocumentChange(padding);
        var missed = new SortedSet<string>(Utf8Order.Comparer);
        var old = before.GetEnumerator();
        var now = after.GetEnumerator();
        var hasOld = old.MoveNext();
        var hasNow = now.MoveNext();
        while (hasOld && hasNow)
        {
            if (after.Length < node.ApproximateBytes)
            {
                return null;
            }

            if (old.Current.NameIs(now.Current.NameUtf8.Span))
            {
                AddDifference(node, old.Current.Name, old.Current.Value, now.Current.Value);
                hasNow = now.MoveNext();
            }
            else
            {
                missed.Add(old.Current.Name);
            }

            hasOld = old.MoveNext();
        }

        for (; hasOld; hasOld = old.MoveNext())
        {
            Add(node, old.Current.Name, new DiffNode.Removed());
        }

        for (; hasNow; hasNow = now.MoveNext())
        {
            Add(node, now.Current.Name, new DiffNode.Inserted(now.Current.Value));
            _ = missed.Remove(now.Current.Name);
        }

        foreach (var name in missed)
        {
            Add(node, name, new DiffNode.Removed());
        }

        return after.Length > node.ApproximateBytes ? node : null;
    }

    private static DiffNode.ArrayChange? CompareArrays(RawDocument before, RawDocument after)
    {
        var node = new DiffNode.ArrayChange();
        var old = before.GetEnumerator();
        var now = after.GetEnumerator();
        var hasOld = old.MoveNext();
        var hasNow = now.MoveNext();
        var index = 0;
        for (; hasOld && hasNow; index++)
        {
            if (after.Length < node.ApproximateBytes)
            {
                return null;
            }

            AddDifference(node, Text(index), old.Current.Value, now.Current.Value);
            hasOld = old.MoveNext();
            hasNow = now.MoveNext();
        }

        for (; hasNow; hasNow = now.MoveNext())
        {
            node.Add(Text(index++), new DiffNode.Updated(now.Current.Value));
        }

        if (hasOld)
        {
            node.Resize(index);
        }

        return after.Length > node.ApproximateBytes ? node : null;
    }

    private static void AddDifference(DiffNode.Inner node, string name, RawValue before, RawValue after)
    {
        if (before == after)
        {
            return;
        }

        DiffNode? nested = (before.Type, after.Type) switch
        {
            (BsonType.Document, BsonType.Document) => Compare(before.AsDocument, after.AsDocument, 0),
            (BsonType.Array, BsonType.Array) => CompareArrays(before.AsDocument, after.AsDocument),
            _ => null,
        };
        Add(node, name, nested ?? new DiffNode.Updated(after));
    }

    private static void Add(DiffNode.Inner node, string name, DiffNode child)
    {
        if (node.Child(name) is not null)
        {
            throw new BsonFormatException($"Document already has a field named '{name}'");
        }

        node.Add(name, child);
    }

    private static string Text(int index) => index.ToString(CultureInfo.InvariantCulture);
}

using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Writing;

/// <summary>Finds documents that share a key of an index, as collMod names them before it makes the index unique.</summary>
internal sealed class UniqueViolations(CollectionReader reader, IndexInfo index)
{
    private const int BytesMax = 8 * 1024 * 1024;

    /// <summary>The groups <c>{ids: […]}</c>, in the order of the index.</summary>
    internal ArrayBuilder Find()
    {
        var violations = new ArrayBuilder();
        byte[] current = [];
        var group = new List<RawValue>();
        foreach (var (key, recordKey) in reader.ScanIndexKeys(index, [], null, isForward: true))
        {
            if (!key.AsSpan().SequenceEqual(current))
            {
                Flush(violations, group);
                current = key;
            }

            if (reader.Get(recordKey) is { } document)
            {
                group.Add(document["_id"]);
            }

            if (violations.Length > BytesMax)
            {
                break;
            }
        }

        Flush(violations, group);
        return violations;
    }

    /// <summary>The first document, in the order of the index, whose key another one has before it.</summary>
    internal RawDocument? First()
    {
        byte[] current = [];
        foreach (var (key, recordKey) in reader.ScanIndexKeys(index, [], null, isForward: true))
        {
            if (key.AsSpan().SequenceEqual(current) && reader.Get(recordKey) is { } document)
            {
                return document;
            }

            current = key;
        }

        return null;
    }

    private static void Flush(ArrayBuilder violations, List<RawValue> group)
    {
        if (group.Count > 1)
        {
            violations.Add(new DocumentBuilder { { "ids", RawValue.Array(group) } });
        }

        group.Clear();
    }
}

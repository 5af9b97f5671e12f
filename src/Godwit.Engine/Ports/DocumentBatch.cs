using Godwit.Bson;

namespace Godwit.Engine.Ports;

/// <summary>
/// Raw documents standing one behind the other in one rented block. Handed over, never shared: the last stage that uses it
/// disposes it, and every view into it dies with it.
/// </summary>
internal sealed class DocumentBatch(
    ReadOnlyMemory<byte> bytes,
    int count,
    IDisposable? owner = null,
    int? lastStart = null
) : IDisposable
{
    private IDisposable? owner = owner;

    /// <summary>The documents, without anything between them (the form of a document sequence on the wire).</summary>
    internal ReadOnlyMemory<byte> Bytes { get; } = bytes;

    internal int Count { get; } = count;

    /// <summary>The last document; there must be one. Found by walking where whoever made the batch did not say where it begins.</summary>
    internal RawDocument Last
    {
        get
        {
            if (lastStart is { } start)
            {
                return new(Bytes[start..]);
            }

            RawDocument last = default;
            foreach (var document in this)
            {
                last = document;
            }

            return last;
        }
    }

    internal static DocumentBatch Empty => new(default, 0);

    /// <summary>Gathers documents in a block of its own; for small and control batches, not for the data path.</summary>
    internal static DocumentBatch Of(IReadOnlyCollection<RawDocument> documents)
    {
        var bytes = new byte[documents.Sum(document => document.Length)];
        var offset = 0;
        foreach (var document in documents)
        {
            document.Bytes.CopyTo(bytes.AsMemory(offset));
            offset += document.Length;
        }

        return new(bytes, documents.Count);
    }

    /// <summary>Cuts the batch into views of at most so many bytes, or of one document that is larger; they live as long as this one.</summary>
    internal IEnumerable<DocumentBatch> Parts(int bytesMax)
    {
        var (start, end, documents) = (0, 0, 0);
        while (end < Bytes.Length)
        {
            var length = new RawDocument(Bytes[end..]).Length;
            if (documents > 0 && end + length - start > bytesMax)
            {
                yield return new(Bytes[start..end], documents);
                (start, documents) = (end, 0);
            }

            (end, documents) = (end + length, documents + 1);
        }

        if (documents > 0)
        {
            yield return new(Bytes[start..end], documents);
        }
    }

    public Enumerator GetEnumerator() => new(Bytes);

    public void Dispose() => Interlocked.Exchange(ref owner, null)?.Dispose();

    /// <summary>Walks the documents without allocating.</summary>
    internal struct Enumerator(ReadOnlyMemory<byte> rest)
    {
        private ReadOnlyMemory<byte> rest = rest;

        public RawDocument Current { get; private set; }

        public bool MoveNext()
        {
            if (rest.IsEmpty)
            {
                return false;
            }

            Current = new(rest);
            rest = rest[Current.Length..];
            return true;
        }
    }
}

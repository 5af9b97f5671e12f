using Godwit.Engine.Ports;

namespace Godwit.Engine.Applying;

/// <summary>Running totals for progress and report; approximate while the migration runs.</summary>
internal sealed class Counters
{
    private long documentsCopied;
    private long bytesCopied;
    private long changesApplied;
    private long definitionsApplied;
    private long documentsReread;
    private long documentsCompared;
    private long bytesCompared;

    internal long DocumentsCopied => Interlocked.Read(ref documentsCopied);

    internal long BytesCopied => Interlocked.Read(ref bytesCopied);

    internal long ChangesApplied => Interlocked.Read(ref changesApplied);

    internal long DefinitionsApplied => Interlocked.Read(ref definitionsApplied);

    internal long DocumentsReread => Interlocked.Read(ref documentsReread);

    internal long DocumentsCompared => Interlocked.Read(ref documentsCompared);

    internal long BytesCompared => Interlocked.Read(ref bytesCompared);

    internal void AddCopied(CollectionSize size)
    {
        _ = Interlocked.Add(ref documentsCopied, size.Documents);
        _ = Interlocked.Add(ref bytesCopied, size.Bytes);
    }

    internal void AddApplied(long changes) => Interlocked.Add(ref changesApplied, changes);

    internal void AddDefinition() => Interlocked.Increment(ref definitionsApplied);

    internal void AddReread(long documents) => Interlocked.Add(ref documentsReread, documents);

    internal void AddCompared(long documents, long bytes)
    {
        _ = Interlocked.Add(ref documentsCompared, documents);
        _ = Interlocked.Add(ref bytesCompared, bytes);
    }
}

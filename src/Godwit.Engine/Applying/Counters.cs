using Godwit.Engine.Ports;

namespace Godwit.Engine.Applying;

/// <summary>Running totals for progress and report; approximate while the migration runs.</summary>
internal sealed class Counters
{
    private long documentsCopied;
    private long bytesCopied;
    private long changesApplied;
    private long changesWritten;
    private long changeBytesWritten;
    private int ownStreams = 1;
    private long definitionsApplied;
    private long documentsReread;
    private long documentsCompared;
    private long bytesCompared;

    internal long DocumentsCopied => Interlocked.Read(ref documentsCopied);

    internal long BytesCopied => Interlocked.Read(ref bytesCopied);

    internal long ChangesApplied => Interlocked.Read(ref changesApplied);

    /// <summary>Of those applied, what this process has written itself; counted where other hosts may write some.</summary>
    internal long ChangesWritten => Interlocked.Read(ref changesWritten);

    /// <summary>Their bytes.</summary>
    internal long ChangeBytesWritten => Interlocked.Read(ref changeBytesWritten);

    /// <summary>Change streams that this process reads, where others may read some: the first stays here.</summary>
    internal int OwnStreams => Volatile.Read(ref ownStreams);

    internal long DefinitionsApplied => Interlocked.Read(ref definitionsApplied);

    internal long DocumentsReread => Interlocked.Read(ref documentsReread);

    internal long DocumentsCompared => Interlocked.Read(ref documentsCompared);

    internal long BytesCompared => Interlocked.Read(ref bytesCompared);

    /// <summary>How many streams the source's changes are read by.</summary>
    internal int ChangeStreams { get; set; } = 1;

    internal void AddCopied(CollectionSize size)
    {
        _ = Interlocked.Add(ref documentsCopied, size.Documents);
        _ = Interlocked.Add(ref bytesCopied, size.Bytes);
    }

    internal void AddApplied(long changes) => Interlocked.Add(ref changesApplied, changes);

    internal void AddWritten(long changes, long bytes)
    {
        _ = Interlocked.Add(ref changesWritten, changes);
        _ = Interlocked.Add(ref changeBytesWritten, bytes);
    }

    internal void AddOwnStream() => Interlocked.Increment(ref ownStreams);

    internal void RemoveOwnStream() => Interlocked.Decrement(ref ownStreams);

    internal void AddDefinition() => Interlocked.Increment(ref definitionsApplied);

    internal void AddReread(long documents) => Interlocked.Add(ref documentsReread, documents);

    internal void AddCompared(long documents, long bytes)
    {
        _ = Interlocked.Add(ref documentsCompared, documents);
        _ = Interlocked.Add(ref bytesCompared, bytes);
    }
}

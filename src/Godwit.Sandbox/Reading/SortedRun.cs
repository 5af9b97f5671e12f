using Godwit.Bson;

namespace Godwit.Sandbox.Reading;

/// <summary>Sorted records in a temporary file, which goes when it is closed.</summary>
internal sealed class SortedRun : IDisposable
{
    private const int BufferBytes = 1 << 16;
    private readonly FileStream file;

    private SortedRun(FileStream file) => this.file = file;

    /// <summary>Writes records, which are in order.</summary>
    internal static SortedRun Write(IReadOnlyList<SortedRecord> records)
    {
        var file = new FileStream(
            Path.Combine(Path.GetTempPath(), $"godwit-sort-{Guid.NewGuid():N}"),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                BufferSize = BufferBytes,
                Options = FileOptions.DeleteOnClose,
            }
        );
        using var writer = new BinaryWriter(file, System.Text.Encoding.UTF8, leaveOpen: true);
        foreach (var (key, sequence, (recordKey, document)) in records)
        {
            writer.Write(key.Length);
            writer.Write(key);
            writer.Write(sequence);
            writer.Write(recordKey.Length);
            writer.Write(recordKey);
            writer.Write(document.Length);
            writer.Write(document.Bytes.Span);
        }

        writer.Flush();
        return new(file);
    }

    /// <summary>Reads them back, once.</summary>
    internal IEnumerable<SortedRecord> Read()
    {
        file.Position = 0;
        using var reader = new BinaryReader(file, System.Text.Encoding.UTF8, leaveOpen: true);
        while (file.Position < file.Length)
        {
            var key = reader.ReadBytes(reader.ReadInt32());
            var sequence = reader.ReadInt64();
            var recordKey = reader.ReadBytes(reader.ReadInt32());
            var document = new RawDocument(reader.ReadBytes(reader.ReadInt32()));
            yield return new(key, sequence, new(recordKey, document));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}

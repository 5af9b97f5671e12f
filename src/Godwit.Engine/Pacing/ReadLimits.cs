using Godwit.Bson;

namespace Godwit.Engine.Pacing;

/// <summary>What a migration may ask of its source while applications use it too (H14). Zero stands for no limit.</summary>
/// <param name="BytesPerSecond">Bytes of documents read a second, by copy and comparison together.</param>
/// <param name="DocumentsPerSecond">Documents read a second, by both together.</param>
/// <param name="Latency">How long the source may take for a small read before reading is slowed down.</param>
internal sealed record ReadLimits(long BytesPerSecond, long DocumentsPerSecond, TimeSpan Latency)
{
    /// <summary>No rate is bound; a source that takes a quarter of a second for one document has too much to do.</summary>
    internal static readonly ReadLimits Default = new(0, 0, TimeSpan.FromMilliseconds(250));

    private const string Bytes = "bytesPerSecond";
    private const string Documents = "documentsPerSecond";
    private const string LatencyMs = "latencyMs";

    /// <summary>As it is kept with the migration on the destination.</summary>
    internal RawDocument ToDocument() =>
        new DocumentBuilder
        {
            { Bytes, BytesPerSecond },
            { Documents, DocumentsPerSecond },
            { LatencyMs, (long)Latency.TotalMilliseconds },
        }.Build();

    /// <summary>What was kept; <see langword="null"/> if nothing was.</summary>
    internal static ReadLimits? Parse(RawValue kept) =>
        kept.Type == BsonType.Document
            ? new(
                kept.AsDocument[Bytes].AsInt64,
                kept.AsDocument[Documents].AsInt64,
                TimeSpan.FromMilliseconds(kept.AsDocument[LatencyMs].AsInt64)
            )
            : null;
}

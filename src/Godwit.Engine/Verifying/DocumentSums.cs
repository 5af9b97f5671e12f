using System.Globalization;
using System.IO.Hashing;
using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Verifying;

/// <summary>
/// Sums over the hashes of raw documents (S21). The sum is the same in any order, so that sums of ranges add up; the chain is not, and
/// shows that the order is the same too.
/// </summary>
internal sealed class DocumentSums
{
    /// <summary>An odd multiplier, so that no bit of an earlier hash is lost: 2^128 divided by the golden ratio.</summary>
    private static readonly UInt128 Multiplier = new(0x9E3779B97F4A7C15, 0xF39CC0605CEDC835);

    internal UInt128 Sum { get; private set; }

    internal UInt128 Chain { get; private set; }

    internal long Documents { get; private set; }

    internal long Bytes { get; private set; }

    /// <summary>Sums that were taken elsewhere.</summary>
    internal static DocumentSums Of(UInt128 sum, UInt128 chain, long documents, long bytes) =>
        new()
        {
            Sum = sum,
            Chain = chain,
            Documents = documents,
            Bytes = bytes,
        };

    /// <summary>Hash of one document's bytes.</summary>
    internal static UInt128 HashOf(RawDocument document) => XxHash128.HashToUInt128(document.Bytes.Span);

    /// <summary>A hash or sum as reports write it: 32 hexadecimal digits; nothing for a document that is not there.</summary>
    internal static string TextOf(UInt128? hash) => hash is { } value ? value.ToString("x32", null) : "";

    /// <summary>A sum as <see cref="TextOf"/> writes it.</summary>
    internal static UInt128 Parse(string text) =>
        UInt128.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>Reads a range to its end and sums it up.</summary>
    internal static async Task<DocumentSums> OfRangeAsync(
        IAsyncEnumerable<DocumentBatch> range,
        CancellationToken cancellationToken
    )
    {
        var sums = new DocumentSums();
        await foreach (var batch in range.WithCancellation(cancellationToken))
        {
            using (batch)
            {
                sums.Add(batch);
            }
        }

        return sums;
    }

    /// <summary>Whether both are of the same documents in the same order.</summary>
    internal bool IsEqualTo(DocumentSums other) =>
        Chain == other.Chain && Sum == other.Sum && Documents == other.Documents && Bytes == other.Bytes;

    /// <summary>Adds all documents of a batch.</summary>
    internal void Add(DocumentBatch batch)
    {
        foreach (var document in batch)
        {
            var hash = HashOf(document);
            Sum = unchecked(Sum + hash);
            Chain = unchecked((Chain * Multiplier) + hash);
            Documents++;
            Bytes += document.Length;
        }
    }
}

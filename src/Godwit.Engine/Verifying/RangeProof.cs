using Godwit.Bson;

namespace Godwit.Engine.Verifying;

/// <summary>What is kept of a range that both sides were found equal in, so that a later life need not read it again (S21).</summary>
/// <param name="Sums">What the source held in it when it was compared.</param>
/// <param name="IsCurrent">Whether nothing of it has changed since: the report's counts and hashes are made of such sums.</param>
internal sealed record RangeProof(DocumentSums Sums, bool IsCurrent)
{
    private const string Field = "verified";

    /// <summary>As it was kept in a range's document; <see langword="null"/> if nothing was.</summary>
    internal static RangeProof? Parse(RawDocument range)
    {
        if (range[Field] is not { Type: BsonType.Document } kept)
        {
            return null;
        }

        var fields = kept.AsDocument;
        return new(
            DocumentSums.Of(
                DocumentSums.Parse(fields["sum"].AsString),
                DocumentSums.Parse(fields["chain"].AsString),
                fields["documents"].AsInt64,
                fields["bytes"].AsInt64
            ),
            fields["current"].IsTruthy()
        );
    }

    /// <summary>Adds it to a range's document.</summary>
    internal void AddTo(DocumentBuilder range) =>
        range.Add(
            Field,
            new DocumentBuilder
            {
                { "documents", Sums.Documents },
                { "bytes", Sums.Bytes },
                { "sum", DocumentSums.TextOf(Sums.Sum) },
                { "chain", DocumentSums.TextOf(Sums.Chain) },
                { "current", IsCurrent },
            }
        );
}

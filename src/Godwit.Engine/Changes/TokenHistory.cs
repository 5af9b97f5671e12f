using Godwit.Bson;

namespace Godwit.Engine.Changes;

/// <summary>The stream's tokens with their times, so that a checkpoint names one that is not after its floor (S16).</summary>
internal sealed class TokenHistory
{
    private const int TokensMax = 20_000;
    private readonly List<(ClusterTime Time, RawDocument Token)> tokens = [];

    /// <summary>
    /// The token of the newest event seen. Unlike a high-water mark it proves, when it is resumed after, that the history is still the
    /// one it came from (S20).
    /// </summary>
    internal RawDocument LastEvent { get; set; } = RawDocument.Empty;

    internal RawDocument Newest => tokens.Count == 0 ? RawDocument.Empty : tokens[^1].Token;

    internal void Add(ClusterTime time, RawDocument token)
    {
        if (tokens.Count == TokensMax)
        {
            tokens.RemoveRange(0, TokensMax / 2);
        }

        tokens.Add((time, new(token.Bytes.ToArray())));
    }

    /// <summary>The newest token after which nothing later than <paramref name="floor"/> is missing; empty if none is kept.</summary>
    internal RawDocument AtOrBefore(ClusterTime floor)
    {
        var index = tokens.FindLastIndex(entry => entry.Time <= floor);
        if (index > 0)
        {
            tokens.RemoveRange(0, index);
        }

        return index < 0 ? RawDocument.Empty : tokens[0].Token;
    }
}

using Godwit.Bson;

namespace Godwit.Engine.Changes;

/// <summary>Where in the history a resume token stands. Tokens compare as their text does: by time, and within a time as one stream has them.</summary>
/// <param name="Text">What the token's <c>_data</c> says.</param>
internal readonly record struct TokenPlace(ReadOnlyMemory<byte> Text) : IComparable<TokenPlace>
{
    internal static TokenPlace Of(RawDocument token) => new(token["_data"u8].AsStringUtf8);

    public int CompareTo(TokenPlace other) => Text.Span.SequenceCompareTo(other.Text.Span);

    public bool Equals(TokenPlace other) => CompareTo(other) == 0;

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Text.Span);
        return hash.ToHashCode();
    }
}

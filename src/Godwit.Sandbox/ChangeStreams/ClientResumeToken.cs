using Godwit.Bson;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>A token that a client gave: what the search for its place needs, and the text to compare with.</summary>
internal sealed record ClientResumeToken
{
    internal required string Data { get; init; }

    internal required ClusterTime ClusterTime { get; init; }

    internal required bool IsHighWaterMark { get; init; }

    internal required bool FromInvalidate { get; init; }

    internal required bool HasCollectionUuid { get; init; }

    internal RawDocument ToDocument() => new DocumentBuilder { { "_data", Data } }.Build();

    /// <summary>Whether the token names fragment <paramref name="fragment"/> of the event with token <paramref name="whole"/>.</summary>
    internal bool IsFragmentOf(ResumeToken whole, out int fragment)
    {
        fragment = 0;
        var stem = whole.ToData()[..^2];
        if (!Data.StartsWith(stem, StringComparison.Ordinal) || Data.Length <= stem.Length + 2)
        {
            return false;
        }

        var rest = new ResumeTokenReader(Convert.FromHexString(Data[stem.Length..]));
        fragment = rest.ReadInteger();
        return true;
    }
}

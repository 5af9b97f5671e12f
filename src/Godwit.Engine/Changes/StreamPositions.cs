using System.Text;
using Godwit.Bson;

namespace Godwit.Engine.Changes;

/// <summary>
/// Where several streams stand together: a document that reads like a resume token, of the place before which nothing is missing, and holds
/// the token of each (S10). One stream's own token is its position as it is.
/// </summary>
internal static class StreamPositions
{
    private const string Parts = "parts";

    internal static RawDocument Join(TokenPlace complete, IEnumerable<RawDocument> tokens) =>
        new DocumentBuilder
        {
            { "_data", Encoding.UTF8.GetString(complete.Text.Span) },
            { Parts, RawValue.Array(tokens.Select(RawValue.Document)) },
        }.Build();

    /// <summary>How many streams it is the position of.</summary>
    internal static int CountOf(RawDocument position) =>
        position[Parts] is { IsMissing: false } parts ? parts.AsDocument.Values().Count() : 1;

    /// <summary>
    /// The token after which each of so many streams goes on; <see langword="null"/> if it is the position of another number of them: then they begin at a
    /// time.
    /// </summary>
    internal static IReadOnlyList<RawDocument>? Split(RawDocument position, int streams)
    {
        var parts = position[Parts];
        if (parts.IsMissing)
        {
            return streams == 1 ? [position] : null;
        }

        var tokens = parts.AsDocument.Values().Select(value => value.AsDocument).ToList();
        return tokens.Count == streams ? tokens : null;
    }
}

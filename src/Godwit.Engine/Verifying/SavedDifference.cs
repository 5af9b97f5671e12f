using System.Globalization;
using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Verifying;

/// <summary>A difference as it is kept beyond a life (S24).</summary>
internal static class SavedDifference
{
    internal static RawDocument Describe(KeyHash key, ReportedDifference difference) =>
        new DocumentBuilder
        {
            { "_id", DocumentSums.TextOf(key.Value) },
            { "collection", difference.Collection },
            { "key", difference.Key },
            { "what", difference.What },
            { "sourceHash", difference.SourceHash },
            { "destinationHash", difference.DestinationHash },
            { "foundAt", difference.FoundAt.ToString("O", CultureInfo.InvariantCulture) },
        }.Build();

    internal static (KeyHash Key, ReportedDifference Difference) Parse(RawDocument kept) =>
        (
            new(DocumentSums.Parse(kept["_id"].AsString)),
            new(
                kept["collection"].AsString,
                kept["key"].AsString,
                kept["what"].AsString,
                kept["sourceHash"].AsString,
                kept["destinationHash"].AsString,
                DateTimeOffset.Parse(kept["foundAt"].AsString, CultureInfo.InvariantCulture),
                IsHealed: false
            )
        );
}

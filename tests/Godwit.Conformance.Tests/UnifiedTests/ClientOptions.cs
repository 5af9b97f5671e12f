using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>Options of clients, databases, collections and transactions as the format writes them.</summary>
internal static class ClientOptions
{
    public static ReadConcern ReadConcern(BsonDocument document) =>
        MongoDB.Driver.ReadConcern.FromBsonDocument(document);

    public static WriteConcern WriteConcern(BsonDocument document)
    {
        var concern = new WriteConcern();
        foreach (var element in document)
        {
            concern = element.Name switch
            {
                "w" when element.Value.IsString => concern.With(w: new WriteConcern.WMode(element.Value.AsString)),
                "w" => concern.With(w: new WriteConcern.WCount(element.Value.ToInt32())),
                "journal" or "j" => concern.With(journal: element.Value.ToBoolean()),
                "wtimeoutMS" or "wtimeout" => concern.With(
                    wTimeout: TimeSpan.FromMilliseconds(element.Value.ToDouble())
                ),
                _ => throw new NotExpressibleException($"write concern {element.Name}"),
            };
        }

        return concern;
    }

    public static ReadPreference ReadPreference(BsonDocument document)
    {
        var mode = Enum.Parse<ReadPreferenceMode>(document["mode"].AsString, ignoreCase: true);
        if (mode == ReadPreferenceMode.Primary)
        {
            return MongoDB.Driver.ReadPreference.Primary;
        }

        TimeSpan? staleness = document.TryGetValue("maxStalenessSeconds", out var s)
            ? TimeSpan.FromSeconds(s.ToDouble())
            : null;
        return new ReadPreference(mode, maxStaleness: staleness);
    }

    public static TransactionOptions Transaction(Arguments arguments) =>
        new(
            arguments.OptionalDocument("readConcern") is { } rc ? ReadConcern(rc) : null,
            arguments.OptionalDocument("readPreference") is { } rp ? ReadPreference(rp) : null,
            arguments.OptionalDocument("writeConcern") is { } wc ? WriteConcern(wc) : null,
            arguments.Milliseconds("maxCommitTimeMS")
        );
}

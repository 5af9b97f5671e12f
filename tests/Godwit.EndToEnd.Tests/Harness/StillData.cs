using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>
/// Collections that nobody writes to once they are filled: what was copied of them and saved needs no second copy, which tells a
/// migration that was resumed from one that began again.
/// </summary>
internal sealed class StillData(Rig rig)
{
    private const string Database = "still";
    private const int Collections = 6;
    private const int DocumentsEach = 5000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static int Documents => Collections * DocumentsEach;

    public async Task FillAsync()
    {
        var database = rig.Source.Client.GetDatabase(Database);
        for (var i = 0; i < Collections; i++)
        {
            var documents = Enumerable
                .Range(0, DocumentsEach)
                .Select(n => new BsonDocument { { "_id", n }, { "text", new string((char)('a' + i), 200) } });
            await database.GetCollection<BsonDocument>($"c{i}").InsertManyAsync(documents, null, Cancellation);
        }
    }

    /// <summary>How many of these documents stand in ranges that the migration has saved as copied. Nothing may run that changes it.</summary>
    public async Task<long> CountSavedAsync()
    {
        var reserved = rig.Destination.Client.GetDatabase("godwit_reserved");
        var names = (await ListAsync(reserved, "collections"))
            .Where(row => row.Contains("source"))
            .ToDictionary(row => row["source"].AsString, row => row["name"].AsString);
        var saved = (await ListAsync(reserved, "ranges"))
            .Select(range => names[range["collection"].AsString])
            .Where(name => name.StartsWith(Database, StringComparison.Ordinal))
            .ToList();
        saved.ShouldBeUnique();
        return saved.Count * (long)DocumentsEach;
    }

    private static Task<List<BsonDocument>> ListAsync(IMongoDatabase database, string collection) =>
        database.GetCollection<BsonDocument>(collection).Find(new BsonDocument()).ToListAsync(Cancellation);
}

using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Cli.Demo;

/// <summary>Definitions that the application changes as it runs: collections come, are renamed and go; indexes too.</summary>
internal sealed class DefinitionChanges(IMongoDatabase shop)
{
    private int step;

    private string Week => FormattableString.Invariant($"week{step / Steps}");

    private const int Steps = 7;

    /// <summary>Makes the next change of the round.</summary>
    internal Task NextAsync(CancellationToken cancellationToken)
    {
        var orders = shop.GetCollection<BsonDocument>(Shop.Orders);
        var draft = $"{Week}.draft";
        var report = $"{Week}.report";
        return (step++ % Steps) switch
        {
            0 => shop.CreateCollectionAsync(draft, null, cancellationToken),
            1 => shop.GetCollection<BsonDocument>(draft)
                .InsertManyAsync(
                    Enumerable.Range(0, 20).Select(n => new BsonDocument("_id", n)),
                    null,
                    cancellationToken
                ),
            2 => orders.Indexes.CreateOneAsync(
                new CreateIndexModel<BsonDocument>(new BsonDocument("version", 1)),
                null,
                cancellationToken
            ),
            3 => shop.RenameCollectionAsync(draft, report, null, cancellationToken),
            4 => shop.RunCommandAsync<BsonDocument>(
                new BsonDocument { { "collMod", report }, { "validationLevel", "moderate" } },
                cancellationToken: cancellationToken
            ),
            5 => orders.Indexes.DropOneAsync("version_1", cancellationToken),
            _ => step % (2 * Steps) == 0 ? shop.DropCollectionAsync(report, cancellationToken) : Task.CompletedTask,
        };
    }
}

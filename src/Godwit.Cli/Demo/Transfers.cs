using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Cli.Demo;

/// <summary>Transactions of the application: money moves between accounts and is never made or lost.</summary>
internal static class Transfers
{
    /// <summary>Moves an amount between two accounts and journals it, in one transaction.</summary>
    internal static async Task MoveAsync(IMongoDatabase shop, Random random, CancellationToken cancellationToken)
    {
        var from = random.Next(Shop.AccountCount);
        var to = (from + random.Next(1, Shop.AccountCount)) % Shop.AccountCount;
        var amount = (long)random.Next(1, 100);
        using var session = await shop.Client.StartSessionAsync(null, cancellationToken);
        await session.WithTransactionAsync(
            async (transaction, token) =>
            {
                var accounts = shop.GetCollection<BsonDocument>(Shop.Accounts);
                await accounts.UpdateOneAsync(transaction, Id(from), Add(-amount), null, token);
                await accounts.UpdateOneAsync(transaction, Id(to), Add(amount), null, token);
                var entry = new BsonDocument
                {
                    { "from", from },
                    { "to", to },
                    { "amount", amount },
                };
                await shop.GetCollection<BsonDocument>("transfers").InsertOneAsync(transaction, entry, null, token);
                return true;
            },
            null,
            cancellationToken
        );
    }

    /// <summary>What is wrong with the balances, as one sentence; <see langword="null"/> if money was neither made nor lost.</summary>
    internal static async Task<string?> AuditAsync(IMongoDatabase shop, CancellationToken cancellationToken)
    {
        var accounts = await shop.GetCollection<BsonDocument>(Shop.Accounts)
            .Find(FilterDefinition<BsonDocument>.Empty)
            .ToListAsync(cancellationToken);
        var sum = accounts.Sum(account => account["balance"].AsInt64);
        var expected = Shop.AccountCount * Shop.StartingBalance;
        return sum == expected ? null : $"the accounts hold {sum} instead of {expected}: a transaction was torn";
    }

    private static BsonDocument Id(int account) => new("_id", account);

    private static BsonDocumentUpdateDefinition<BsonDocument> Add(long amount) =>
        new(new BsonDocument("$inc", new BsonDocument("balance", amount)));
}

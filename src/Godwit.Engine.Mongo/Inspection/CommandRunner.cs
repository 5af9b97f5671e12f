using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>Runs control commands on the primary; a command that is refused may be an answer too.</summary>
internal sealed class CommandRunner(IMongoClient client)
{
    internal Task<BsonDocument> RunAsync(string database, BsonDocument command, CancellationToken cancellationToken) =>
        client.GetDatabase(database).RunCommandAsync<BsonDocument>(command, ReadPreference.Primary, cancellationToken);

    /// <summary>The reply, or <see langword="null"/> if the server does not know or allow the command.</summary>
    internal async Task<BsonDocument?> TryRunAsync(
        string database,
        BsonDocument command,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await RunAsync(database, command, cancellationToken).ConfigureAwait(false);
        }
        catch (MongoCommandException)
        {
            return null;
        }
    }
}

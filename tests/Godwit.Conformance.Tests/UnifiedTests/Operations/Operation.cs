using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.GridFS;

namespace Godwit.Conformance.Tests.UnifiedTests.Operations;

/// <summary>Finds what an operation of the format means for the entity it is called on.</summary>
internal sealed class Operation(
    Entities entities,
    TestRunnerOperations runner,
    Func<BsonArray, Task> runAll,
    Func<BsonArray, Task> runCallback
)
{
    public async Task<object?> RunAsync(BsonDocument description)
    {
        var (name, target) = (description["name"].AsString, description["object"].AsString);
        var a = new Arguments(name, description.GetValue("arguments", new BsonDocument()).AsBsonDocument, entities);
        if (target == "testRunner")
        {
            return name == "runOnThread" ? RunOnThread(a) : await runner.RunAsync(name, a);
        }

        return entities.Get(target) switch
        {
            IMongoCollection<BsonDocument> collection => await CollectionAsync(name, collection, a),
            IMongoDatabase database => await DatabaseAsync(name, database, a),
            IMongoClient client => await ClientAsync(name, client, a),
            IClientSessionHandle session => await SessionAsync(name, session, a),
            ReadCursor cursor => await CursorAsync(name, cursor),
            GridFSBucket bucket => await BucketAsync(name, bucket, a),
            var other => throw new NotExpressibleException($"operation {name} on {other.GetType().Name}"),
        };
    }

    private BsonValue? RunOnThread(Arguments a)
    {
        var operation = a.Document("operation");
        entities.Get<List<Task>>(a.Required("thread").AsString).Add(Task.Run(() => runAll([operation])));
        return null;
    }

    private async Task<object?> CollectionAsync(string name, IMongoCollection<BsonDocument> collection, Arguments a) =>
        name switch
        {
            "find" => await CollectionReads.FindAsync(collection, a),
            "findOne" => await CollectionReads.FindOneAsync(collection, a),
            "createFindCursor" => new ReadCursor(await CollectionReads.OpenAsync(collection, a)),
            "aggregate" => await CollectionReads.AggregateAsync(collection, a),
            "countDocuments" => await CollectionReads.CountDocumentsAsync(collection, a),
            "count" => await CollectionReads.CountAsync(collection, a),
            "estimatedDocumentCount" => await CollectionReads.EstimatedDocumentCountAsync(collection, a),
            "distinct" => await CollectionReads.DistinctAsync(collection, a),
            "insertOne" => await CollectionWrites.InsertOneAsync(collection, a),
            "insertMany" => await CollectionWrites.InsertManyAsync(collection, a),
            "updateOne" => await CollectionWrites.UpdateOneAsync(collection, a),
            "updateMany" => await CollectionWrites.UpdateManyAsync(collection, a),
            "replaceOne" => await CollectionWrites.ReplaceOneAsync(collection, a),
            "deleteOne" => await CollectionWrites.DeleteOneAsync(collection, a),
            "deleteMany" => await CollectionWrites.DeleteManyAsync(collection, a),
            "findOneAndUpdate" => await FindAndModify.UpdateAsync(collection, a),
            "findOneAndReplace" => await FindAndModify.ReplaceAsync(collection, a),
            "findOneAndDelete" => await FindAndModify.DeleteAsync(collection, a),
            "bulkWrite" => await BulkWrites.CollectionAsync(collection, a, entities),
            "createIndex" => await Indexes.CreateAsync(collection, a),
            "dropIndex" => await Indexes.DropAsync(collection, a),
            "dropIndexes" => await Indexes.DropAllAsync(collection, a),
            "listIndexes" => await Indexes.ListAsync(collection, a),
            "listIndexNames" => await Indexes.ListNamesAsync(collection, a),
            "createSearchIndex" => await SearchIndexes.CreateAsync(collection, a),
            "createSearchIndexes" => await SearchIndexes.CreateManyAsync(collection, a),
            "updateSearchIndex" => await SearchIndexes.UpdateAsync(collection, a),
            "dropSearchIndex" => await SearchIndexes.DropAsync(collection, a),
            "listSearchIndexes" => await SearchIndexes.ListAsync(collection, a),
            "rename" => await RenameAsync(collection, a),
            "createChangeStream" => new ReadCursor(await ChangeStreams.OpenAsync(collection, a)),
            _ => throw new NotExpressibleException($"collection operation {name}"),
        };

    private static async Task<object?> DatabaseAsync(string name, IMongoDatabase database, Arguments a) =>
        name switch
        {
            "runCommand" => await DatabaseOperations.RunCommandAsync(database, a),
            "aggregate" => await CollectionReads.AggregateAsync(database, a),
            "createCollection" => await DatabaseOperations.CreateCollectionAsync(database, a),
            "dropCollection" => await DatabaseOperations.DropCollectionAsync(database, a),
            "listCollections" or "listCollectionObjects" => await DatabaseOperations.ListCollectionsAsync(database, a),
            "listCollectionNames" => await DatabaseOperations.ListCollectionNamesAsync(database, a),
            "modifyCollection" => await DatabaseOperations.ModifyCollectionAsync(database, a),
            "createChangeStream" => new ReadCursor(await ChangeStreams.OpenAsync(database, a)),
            _ => throw new NotExpressibleException($"database operation {name}"),
        };

    private async Task<object?> ClientAsync(string name, IMongoClient client, Arguments a) =>
        name switch
        {
            "listDatabases" or "listDatabaseObjects" => await ClientOperations.ListDatabasesAsync(client, a),
            "listDatabaseNames" => await ClientOperations.ListDatabaseNamesAsync(client, a),
            "dropDatabase" => await ClientOperations.DropDatabaseAsync(client, a),
            "clientBulkWrite" => await BulkWrites.ClientAsync(client, a, entities),
            "createChangeStream" => new ReadCursor(await ChangeStreams.OpenAsync(client, a)),
            "close" => await ClientOperations.CloseAsync(client),
            _ => throw new NotExpressibleException($"client operation {name}"),
        };

    private async Task<object?> SessionAsync(string name, IClientSessionHandle session, Arguments a)
    {
        switch (name)
        {
            case "startTransaction":
                var options = ClientOptions.Transaction(a);
                a.RefuseOthers();
                session.StartTransaction(options);
                return null;
            case "commitTransaction":
                a.RefuseOthers();
                await session.CommitTransactionAsync();
                return null;
            case "abortTransaction":
                a.RefuseOthers();
                await session.AbortTransactionAsync();
                return null;
            case "withTransaction":
                var (callback, transaction) = (a.Required("callback").AsBsonArray, ClientOptions.Transaction(a));
                a.RefuseOthers();
                await session.WithTransactionAsync(
                    async (_, _) =>
                    {
                        await runCallback(callback);
                        return true;
                    },
                    transaction
                );
                return null;
            case "endSession":
                session.Dispose();
                return null;
            case "getSnapshotTime":
                return session.WrappedCoreSession.SnapshotTime;
            default:
                throw new NotExpressibleException($"session operation {name}");
        }
    }

    private static async Task<object?> CursorAsync(string name, ReadCursor cursor)
    {
        switch (name)
        {
            case "iterateUntilDocumentOrError":
                return await ChangeStreams.NextAsync(cursor);
            case "iterateOnce":
                await cursor.OnceAsync();
                return null;
            case "close":
                cursor.Dispose();
                return null;
            default:
                throw new NotExpressibleException($"cursor operation {name}");
        }
    }

    private static async Task<object?> BucketAsync(string name, GridFSBucket bucket, Arguments a) =>
        name switch
        {
            "upload" => await GridFs.UploadAsync(bucket, a),
            "download" => await GridFs.DownloadAsync(bucket, a),
            "downloadByName" => await GridFs.DownloadByNameAsync(bucket, a),
            "delete" => await GridFs.DeleteAsync(bucket, a),
            "rename" => await GridFs.RenameAsync(bucket, a),
            _ => throw new NotExpressibleException($"bucket operation {name}"),
        };

    private static async Task<object?> RenameAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var options = new RenameCollectionOptions { DropTarget = a.Bool("dropTarget") };
        var to = a.Required("to").AsString;
        a.RefuseOthers();
        await collection.Database.RenameCollectionAsync(collection.CollectionNamespace.CollectionName, to, options);
        return null;
    }
}

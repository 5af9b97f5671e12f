using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Libmongocrypt;
using Shouldly;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>
/// A client that encrypts values and decrypts documents by libmongocrypt, the library of MongoDB's own drivers. Its data keys are in a
/// collection of the cluster it speaks to, sealed by a master key that it alone has.
/// </summary>
internal sealed class EncryptingClient : IDisposable
{
    private static readonly byte[] MasterKey = [.. Enumerable.Range(1, 96).Select(n => (byte)n)];
    private readonly MongoClient client;
    private readonly CryptClient crypt;

    internal EncryptingClient(string connectionString)
    {
        client = new(connectionString);
        var providers = new BsonDocument("local", new BsonDocument("key", new BsonBinaryData(MasterKey)));
        crypt = CryptClientFactory.Create(new CryptOptions([new KmsCredentials(providers.ToBson())]));
    }

    /// <summary>The collection of the data keys.</summary>
    internal IMongoCollection<BsonDocument> Keys =>
        client.GetDatabase("encryption").GetCollection<BsonDocument>("__keyVault");

    /// <summary>A database of the cluster, whose documents are read and written as they stand there.</summary>
    internal IMongoDatabase Database(string name) => client.GetDatabase(name);

    /// <summary>Makes a data key and puts it with the others.</summary>
    internal async Task<BsonBinaryData> MakeKeyAsync(string name, CancellationToken cancellationToken)
    {
        using var making = crypt.StartCreateDataKeyContext(
            new KmsKeyId(
                new BsonDocument("provider", "local").ToBson(),
                [new BsonDocument("keyAltName", name).ToBson()],
                null
            )
        );
        var key = await RunAsync(making, cancellationToken);
        await Keys.InsertOneAsync(key, null, cancellationToken);
        return key["_id"].AsBsonBinaryData;
    }

    /// <summary>Encrypts one value by an algorithm, named as drivers name it.</summary>
    internal async Task<BsonBinaryData> EncryptAsync(
        BsonValue value,
        BsonBinaryData key,
        string algorithm,
        CancellationToken cancellationToken
    )
    {
        using var encrypting = crypt.StartExplicitEncryptionContext(
            key.Bytes,
            null,
            null,
            null,
            algorithm,
            new BsonDocument("v", value).ToBson(),
            null,
            false
        );
        var encrypted = (await RunAsync(encrypting, cancellationToken))["v"].AsBsonBinaryData;
        encrypted.SubType.ShouldBe(BsonBinarySubType.Encrypted);
        return encrypted;
    }

    /// <summary>A document with all that is encrypted in it decrypted, by the keys that are found on this cluster.</summary>
    internal async Task<BsonDocument> DecryptAsync(BsonDocument document, CancellationToken cancellationToken)
    {
        using var decrypting = crypt.StartDecryptionContext(document.ToBson());
        return await RunAsync(decrypting, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        crypt.Dispose();
        client.Dispose();
    }

    /// <summary>The library asks for keys, and unseals them itself; what it has made of its input is there at the end.</summary>
    private async Task<BsonDocument> RunAsync(CryptContext context, CancellationToken cancellationToken)
    {
        while (context.State == CryptContext.StateCode.MONGOCRYPT_CTX_NEED_MONGO_KEYS)
        {
            using var wanted = context.GetOperation();
            var filter = new RawBsonDocument(wanted.ToArray());
            foreach (var key in await Keys.Find(filter).ToListAsync(cancellationToken))
            {
                context.Feed(key.ToBson());
            }

            context.MarkDone();
        }

        context.State.ShouldBe(CryptContext.StateCode.MONGOCRYPT_CTX_READY);
        using var made = context.FinalizeForEncryption();
        return new RawBsonDocument(made.ToArray());
    }
}

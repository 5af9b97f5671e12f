using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Restoring;

/// <summary>
/// Restores a folder in mongodump's format through the server's own commands: a folder a database, a <c>.bson</c> file a
/// collection with its options and indexes in <c>.metadata.json</c>. Databases that exist already are left alone.
/// </summary>
internal sealed class DumpRestorer(Member member)
{
    private const int BatchBytesMax = 8 * 1024 * 1024;
    private const int BatchDocumentsMax = 10_000;

    /// <summary>Restores all databases of the folder.</summary>
    internal async Task RestoreAsync(string directory, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory))
        {
            throw new DirectoryNotFoundException($"there is no dump at {directory}");
        }

        foreach (var folder in Directory.GetDirectories(directory).Order(StringComparer.Ordinal))
        {
            var database = Path.GetFileName(folder);
            foreach (var file in Directory.GetFiles(folder, "*.metadata.json").Order(StringComparer.Ordinal))
            {
                await RestoreCollectionAsync(database, file, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task RestoreCollectionAsync(string database, string metadataFile, CancellationToken cancellationToken)
    {
        var metadata = ExtendedJsonReader.ReadDocument(
            await File.ReadAllBytesAsync(metadataFile, cancellationToken).ConfigureAwait(false)
        );
        var name = metadata["collectionName"].AsString;
        if (await ExistsAsync(database, name, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        var create = new DocumentBuilder { { "create", name } };
        if (metadata["options"] is { Type: BsonType.Document } options)
        {
            create.AddAll(options.AsDocument);
        }

        await WriteAsync(database, create, cancellationToken).ConfigureAwait(false);
        var data = metadataFile[..^".metadata.json".Length] + ".bson";
        if (File.Exists(data))
        {
            await InsertAllAsync(database, name, data, cancellationToken).ConfigureAwait(false);
        }

        await CreateIndexesAsync(database, name, metadata, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> ExistsAsync(string database, string name, CancellationToken cancellationToken)
    {
        var reply = await RunAsync(
                database,
                new()
                {
                    { "listCollections", 1 },
                    { "nameOnly", true },
                    {
                        "filter",
                        new DocumentBuilder { { "name", name } }
                    },
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return !reply["cursor"].AsDocument["firstBatch"].AsDocument.IsEmpty;
    }

    private async Task InsertAllAsync(string database, string name, string file, CancellationToken cancellationToken)
    {
        var stream = File.OpenRead(file);
        await using (stream.ConfigureAwait(false))
        {
            var batch = new List<RawDocument>();
            var bytes = 0;
            while (await ReadAsync(stream, cancellationToken).ConfigureAwait(false) is { } document)
            {
                batch.Add(document);
                bytes += document.Length;
                if (bytes >= BatchBytesMax || batch.Count == BatchDocumentsMax)
                {
                    await InsertAsync(database, name, batch, cancellationToken).ConfigureAwait(false);
                    batch.Clear();
                    bytes = 0;
                }
            }

            if (batch.Count > 0)
            {
                await InsertAsync(database, name, batch, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task<RawDocument?> ReadAsync(FileStream stream, CancellationToken cancellationToken)
    {
        var word = new byte[4];
        if (
            await stream.ReadAtLeastAsync(word, 4, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false)
            < 4
        )
        {
            return null;
        }

        var bytes = new byte[BitConverter.ToInt32(word)];
        word.CopyTo(bytes, 0);
        await stream.ReadExactlyAsync(bytes.AsMemory(4), cancellationToken).ConfigureAwait(false);
        return new RawDocument(bytes);
    }

    private Task InsertAsync(
        string database,
        string name,
        List<RawDocument> batch,
        CancellationToken cancellationToken
    ) =>
        WriteAsync(
            database,
            new()
            {
                { "insert", name },
                { "documents", RawValue.Array(batch.Select(RawValue.Document)) },
                { "ordered", false },
                { "bypassDocumentValidation", true },
            },
            cancellationToken
        );

    private async Task CreateIndexesAsync(
        string database,
        string name,
        RawDocument metadata,
        CancellationToken cancellationToken
    )
    {
        if (metadata["indexes"] is not { Type: BsonType.Array } stored)
        {
            return;
        }

        var indexes = stored.AsDocument.Values().Where(index => !IsIdIndex(index.AsDocument)).ToList();
        if (indexes.Count > 0)
        {
            var command = new DocumentBuilder { { "createIndexes", name }, { "indexes", RawValue.Array(indexes) } };
            await WriteAsync(database, command, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsIdIndex(RawDocument index) =>
        index["name"].AsString == "_id_" || index["clustered"].IsTruthy();

    private Task WriteAsync(string database, DocumentBuilder command, CancellationToken cancellationToken) =>
        RunAsync(database, command.Add("writeConcern", new DocumentBuilder { { "w", 1 } }), cancellationToken);

    private async Task<RawDocument> RunAsync(
        string database,
        DocumentBuilder command,
        CancellationToken cancellationToken
    )
    {
        var outcome = await member
            .Dispatcher.ExecuteAsync(new(command.Build(), database), member.Writes.Server, cancellationToken)
            .ConfigureAwait(false);
        var reply = outcome.Reply ?? RawDocument.Empty;
        return reply["ok"].ToInt64() == 1 && !reply.Has("writeErrors")
            ? reply
            : throw new CommandException(
                (ErrorCode)(reply["code"].ToInt64() ?? 1),
                $"the dump cannot be restored: {reply}"
            );
    }
}

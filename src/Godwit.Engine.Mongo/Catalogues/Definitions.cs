using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Catalogues;

/// <summary>
/// Changes the destination's catalogue, every command with majority and the collection's UUID (S1, S19). A time-series collection is
/// defined by its own name, which has no UUID (S31).
/// </summary>
internal sealed class Definitions(CommandChannel channel)
{
    internal async Task<Guid> CreateAsync(Namespace name, RawDocument options, CancellationToken cancellationToken)
    {
        var command = new DocumentBuilder { { "create", SeriesNames.Shown(name).Collection } }.AddAll(options);
        await RunAsync(name.Database, command, cancellationToken).ConfigureAwait(false);
        if (SeriesNames.IsBuckets(name))
        {
            // The server makes an index by itself, which the source may have dropped.
            var own = Command("dropIndexes", new(name, Guid.Empty)).Add("index", "*");
            await RunAsync(name.Database, own, cancellationToken).ConfigureAwait(false);
        }

        var created = await CatalogueReader.FindAsync(channel, name, cancellationToken).ConfigureAwait(false);
        return created?.Uuid ?? Guid.Empty;
    }

    internal Task CreateIndexesAsync(
        CollectionAddress collection,
        IReadOnlyList<RawDocument> indexes,
        CancellationToken cancellationToken
    ) =>
        RunAsync(
            collection.Name.Database,
            Command("createIndexes", collection).Add("indexes", RawValue.Array(indexes.Select(RawValue.Document))),
            cancellationToken
        );

    internal Task DropIndexAsync(CollectionAddress collection, string index, CancellationToken cancellationToken) =>
        RunAsync(
            collection.Name.Database,
            Command("dropIndexes", collection).Add("index", index),
            cancellationToken,
            ServerCodes.IndexNotFound
        );

    internal Task ModifyAsync(
        CollectionAddress collection,
        RawDocument modification,
        CancellationToken cancellationToken
    ) => RunAsync(collection.Name.Database, Command("collMod", collection).AddAll(modification), cancellationToken);

    internal Task RenameAsync(
        CollectionAddress collection,
        Namespace newName,
        bool dropTarget,
        CancellationToken cancellationToken
    )
    {
        var command = new DocumentBuilder
        {
            { "renameCollection", collection.Name.ToString() },
            { "to", newName.ToString() },
            { "dropTarget", dropTarget },
        };
        return RunAsync("admin", AddUuid(command, collection), cancellationToken);
    }

    internal Task DropAsync(CollectionAddress collection, CancellationToken cancellationToken) =>
        RunAsync(
            collection.Name.Database,
            Command("drop", collection),
            cancellationToken,
            ServerCodes.NamespaceNotFound
        );

    internal Task DropDatabaseAsync(string database, CancellationToken cancellationToken) =>
        RunAsync(database, new() { { "dropDatabase", 1 } }, cancellationToken);

    private static DocumentBuilder Command(string name, CollectionAddress collection) =>
        AddUuid(new() { { name, SeriesNames.Shown(collection.Name).Collection } }, collection);

    private static DocumentBuilder AddUuid(DocumentBuilder command, CollectionAddress collection) =>
        collection.Uuid == Guid.Empty || SeriesNames.IsBuckets(collection.Name)
            ? command
            : command.Add("collectionUUID", RawValue.Uuid(collection.Uuid));

    private async Task RunAsync(
        string database,
        DocumentBuilder command,
        CancellationToken cancellationToken,
        int acceptedCode = 0
    )
    {
        command.Add("writeConcern", WriteConcerns.Majority);
        try
        {
            _ = await channel.AskAsync(Stage.Catalogue, database, command, cancellationToken).ConfigureAwait(false);
        }
        catch (ClusterException accepted) when (acceptedCode != 0 && accepted.Code == acceptedCode)
        {
            // What was to be removed is not there: that is the wanted outcome.
        }
    }
}

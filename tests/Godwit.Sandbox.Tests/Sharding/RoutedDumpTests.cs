using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

/// <summary>
/// The commands that mongodump and mongorestore send to a router, in their order (mongo-tools: <c>mongodump/mongodump.go</c>,
/// <c>mongodump/prepare.go</c>, <c>mongorestore/metadata.go</c>, <c>mongorestore/restore.go</c>): what lies on several shards is dumped
/// as one collection and arrives on another cluster as it was, byte for byte; that it was sharded, a dump does not say.
/// </summary>
public sealed class RoutedDumpTests : IAsyncLifetime
{
    private const int CommandNotFound = 59;
    private const int IllegalOperation = 20;
    private ShardedUnderTest source = null!;
    private ShardedUnderTest destination = null!;

    public async ValueTask InitializeAsync()
    {
        source = await ShardedUnderTest.StartSplitAsync();
        destination = await ShardedUnderTest.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await destination.DisposeAsync();
    }

    [Fact]
    public async Task What_is_dumped_of_several_shards_and_restored_is_the_same_byte_for_byte()
    {
        await FillAsync();
        (await source.ExpectAsync("admin", "{hello: 1}"))["msg"].AsString.ShouldBe("isdbgrid");
        (await source.ReadAsync("config", "{find: 'reshardingOperations', limit: 1}")).ShouldBeEmpty();
        var listing = await ListAsync(source);
        foreach (var collection in listing)
        {
            await CopyAsync(collection);
        }

        (await ListAsync(destination)).Select(Plain).ShouldBe(listing.Select(Plain));
        foreach (var name in listing.Where(one => !IsView(one)).Select(NameOf))
        {
            (await DocumentsAsync(destination, name)).ShouldBe(await DocumentsAsync(source, name), name);
            (await IndexesAsync(destination, name)).ShouldBe(await IndexesAsync(source, name), name);
        }

        (await destination.ReadAsync("t", "{find: 'seen'}")).Count.ShouldBe(1);
    }

    /// <summary>So mongodump's <c>--oplog</c> and mongorestore's <c>--oplogReplay</c> and <c>--preserveUUID</c> end on a cluster.</summary>
    [Fact]
    public async Task An_oplog_is_neither_dumped_nor_replayed_through_a_router()
    {
        var refused = await source.RunAsync("admin", "{applyOps: [{op: 'n', ns: '', o: {}}]}");

        refused["code"].ToInt64().ShouldBe(CommandNotFound);
        var hidden = await source.RunAsync("local", "{find: 'oplog.rs', limit: 1}");
        hidden["code"].ToInt64().ShouldBe(IllegalOperation);
    }

    private async Task FillAsync()
    {
        foreach (
            var command in new[]
            {
                "{insert: 'c', documents: [{_id: 1, k: 1, a: {$numberDouble: '1.0'}}, {_id: 2, k: 150, d: {$numberDecimal: '1.500'}}, {_id: {z: 1, a: 2}, k: 99, u: {$undefined: true}}, {_id: 'four', k: 100, '$dollar': 1, 'dot.ted': 2}]}",
                "{createIndexes: 'c', indexes: [{key: {a: 1}, name: 'a', partialFilterExpression: {a: {$exists: true}}}, {key: {d: -1}, name: 'd', expireAfterSeconds: 3600, sparse: true}]}",
                "{create: 'ruled', validator: {n: {$gte: 0}}, validationLevel: 'moderate', collation: {locale: 'de'}, changeStreamPreAndPostImages: {enabled: true}}",
                "{insert: 'ruled', documents: [{_id: 1, n: -5}], bypassDocumentValidation: true}",
                "{create: 'round', capped: true, size: 4096, max: 10}",
                "{insert: 'round', documents: [{_id: 3}, {_id: 1}]}",
                "{create: 'seen', viewOn: 'c', pipeline: [{$match: {k: 150}}]}",
            }
        )
        {
            await source.ExpectAsync("t", command);
        }
    }

    private async Task CopyAsync(RawDocument listed)
    {
        var name = NameOf(listed);
        var documents = IsView(listed) ? [] : await DocumentsAsync(source, name);
        var indexes = IsView(listed) ? [] : await IndexesAsync(source, name);
        var create = new DocumentBuilder { { "create", name } }.AddAll(listed["options"].AsDocument);
        await ExpectAsync(IsView(listed) ? create : create.Add("idIndex", listed["idIndex"]));
        if (documents.Count > 0)
        {
            await ExpectAsync(
                new()
                {
                    { "insert", name },
                    { "documents", RawValue.Array(documents.Select(RawValue.Document)) },
                    { "ordered", false },
                    { "bypassDocumentValidation", true },
                    {
                        "writeConcern",
                        new DocumentBuilder { { "w", "majority" } }
                    },
                }
            );
        }

        var others = indexes.Where(index => NameOf(index) != "_id_").ToList();
        if (others.Count > 0)
        {
            await ExpectAsync(
                new()
                {
                    { "createIndexes", name },
                    { "indexes", RawValue.Array(others.Select(RawValue.Document)) },
                    { "ignoreUnknownIndexOptions", true },
                }
            );
        }
    }

    private async Task ExpectAsync(DocumentBuilder command)
    {
        await using var connection = await destination.ConnectAsync();
        var reply = await ShardedUnderTest.RunAsync(connection, "t", command);
        (reply["ok"].ToInt64() == 1 && !reply.Has("writeErrors")).ShouldBeTrue(reply.ToString());
    }

    private static string NameOf(RawDocument listed) => listed["name"].AsString;

    private static bool IsView(RawDocument listed) => listed["type"].AsString == "view";

    // Identities are new: a router takes none.
    private static (string Name, RawDocument Options) Plain(RawDocument listed) =>
        (NameOf(listed), listed["options"].AsDocument);

    // Views are dumped as such, so the collection that has their definitions is not.
    private static async Task<List<RawDocument>> ListAsync(ShardedUnderTest cluster) =>
        [
            .. (await cluster.ReadAsync("t", "{listCollections: 1, filter: {}}"))
                .Where(one => !NameOf(one).StartsWith("system.", StringComparison.Ordinal))
                .OrderBy(NameOf, StringComparer.Ordinal),
        ];

    private static async Task<List<RawDocument>> DocumentsAsync(ShardedUnderTest cluster, string name)
    {
        var count = await cluster.ExpectAsync("t", $"{{count: '{name}'}}");
        var all = await cluster.ReadAsync("t", $"{{find: '{name}', sort: {{_id: 1}}, noCursorTimeout: true}}");
        count["n"].ToInt64().ShouldBe(all.Count);
        return [.. all];
    }

    private static async Task<List<RawDocument>> IndexesAsync(ShardedUnderTest cluster, string name) =>
        [.. (await cluster.ReadAsync("t", $"{{listIndexes: '{name}', cursor: {{}}}}")).OrderBy(NameOf)];
}

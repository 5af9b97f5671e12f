using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Commands;

/// <summary>
/// The commands that mongodump and mongorestore send, in their order (mongo-tools: <c>mongodump/mongodump.go</c>,
/// <c>mongodump/oplog_dump.go</c>, <c>mongorestore/metadata.go</c>, <c>mongorestore/restore.go</c>, <c>mongorestore/oplog.go</c>): what was dumped
/// of one server is on the other as it was, byte for byte, with its options, indexes and identities.
/// </summary>
public sealed class DumpAndRestoreTests : IDisposable
{
    private readonly TestMember source = new();
    private readonly TestMember destination = new();

    public void Dispose()
    {
        source.Dispose();
        destination.Dispose();
    }

    [Fact]
    public async Task What_is_dumped_and_restored_with_its_oplog_is_the_same_byte_for_byte()
    {
        await FillAsync();
        var began = await LastEntryAsync();
        var listing = await CollectionsAsync(source);
        var dumped = new List<(RawDocument Listed, List<RawDocument> Documents, List<RawDocument> Indexes)>();
        foreach (var collection in listing)
        {
            var name = collection["name"].AsString;
            var isView = collection["type"].AsString == "view";
            dumped.Add(
                (
                    collection,
                    isView ? [] : await DocumentsAsync(source, name),
                    isView ? [] : await IndexesAsync(source, name)
                )
            );
        }

        await WhileItIsDumpedAsync();
        var entries = await ListAsync(
            source,
            new DocumentBuilder
            {
                { "find", "oplog.rs" },
                {
                    "filter",
                    new DocumentBuilder
                    {
                        {
                            "ts",
                            new DocumentBuilder { { "$gte", began } }
                        },
                    }
                },
                { "oplogReplay", true },
                { "noCursorTimeout", true },
            },
            "local"
        );

        foreach (var (listed, documents, indexes) in dumped)
        {
            await RestoreAsync(listed, documents, indexes);
        }

        foreach (var entry in entries.SelectMany(Single).Where(IsReplayed))
        {
            await RunAsync(destination, new() { { "applyOps", RawValue.Array([entry]) } }, "admin");
        }

        (await CollectionsAsync(destination)).ShouldBe(await CollectionsAsync(source));
        foreach (var name in listing.Where(one => one["type"].AsString != "view").Select(one => one["name"].AsString))
        {
            (await DocumentsAsync(destination, name)).ShouldBe(await DocumentsAsync(source, name), name);
            (await IndexesAsync(destination, name)).ShouldBe(await IndexesAsync(source, name), name);
        }

        Digest(await HashAsync(destination)).ShouldBe(Digest(await HashAsync(source)));
    }

    private async Task FillAsync()
    {
        foreach (
            var command in new[]
            {
                "{create: 'plain'}",
                "{insert: 'plain', documents: [{_id: 1, a: {$numberDouble: '1.0'}, d: {$numberDecimal: '1.500'}}, {_id: {$numberLong: '2'}, n: null, u: {$undefined: true}}, {_id: 'three', b: {$binary: {base64: 'AQID', subType: '05'}}, r: {$regularExpression: {pattern: 'x', options: 'i'}}}, {_id: {z: 1, a: 2}, '$dollar': 1, 'dot.ted': 2}]}",
                "{createIndexes: 'plain', indexes: [{key: {a: 1}, name: 'a', unique: true, partialFilterExpression: {a: {$exists: true}}}, {key: {d: -1}, name: 'd', expireAfterSeconds: 3600, sparse: true}, {key: {h: 'hashed'}, name: 'h', hidden: true}, {key: {t: 'text'}, name: 't', weights: {t: 2}}]}",
                "{create: 'ruled', validator: {n: {$gte: 0}}, validationLevel: 'moderate', validationAction: 'error', collation: {locale: 'de'}, changeStreamPreAndPostImages: {enabled: true}}",
                "{insert: 'ruled', documents: [{_id: 1, n: -5}], bypassDocumentValidation: true}",
                "{create: 'round', capped: true, size: 4096, max: 10}",
                "{insert: 'round', documents: [{_id: 3}, {_id: 1}, {_id: 2}]}",
                "{create: 'clustered', clusteredIndex: {key: {_id: 1}, unique: true}}",
                "{insert: 'clustered', documents: [{_id: 2}, {_id: 1}]}",
                "{create: 'seen', viewOn: 'plain', pipeline: [{$match: {a: 1}}]}",
                // The oplog is dumped from its last entry on, which is then replayed though it stands in the dump.
                "{insert: 'plain', documents: [{_id: 9}]}",
            }
        )
        {
            await RunAsync(source, ShellText.Command(command));
        }
    }

    private async Task WhileItIsDumpedAsync()
    {
        await RunAsync(source, ShellText.Command("{insert: 'plain', documents: [{_id: 10}, {_id: 11}]}"));
        await RunAsync(source, ShellText.Command("{update: 'plain', updates: [{q: {_id: 10}, u: {$set: {x: 1}}}]}"));
        await RunAsync(source, ShellText.Command("{delete: 'plain', deletes: [{q: {_id: 'three'}, limit: 1}]}"));
    }

    private async Task<ClusterTime> LastEntryAsync()
    {
        var newest = await ListAsync(
            source,
            ShellText.Command("{find: 'oplog.rs', filter: {}, sort: {$natural: -1}, limit: 1, singleBatch: true}"),
            "local"
        );
        return newest.ShouldHaveSingleItem()["ts"].AsTimestamp;
    }

    private async Task RestoreAsync(RawDocument listed, List<RawDocument> documents, List<RawDocument> indexes)
    {
        var name = listed["name"];
        var create = new DocumentBuilder { { "create", name } }.AddAll(listed["options"].AsDocument);
        if (listed["type"].AsString == "view")
        {
            await RunAsync(destination, create);
            return;
        }

        // With --preserveUUID.
        var operation = new DocumentBuilder
        {
            { "op", "c" },
            { "ns", "db.$cmd" },
            { "ui", listed["info"].AsDocument["uuid"] },
            { "o", create.Add("idIndex", listed["idIndex"]) },
        };
        await RunAsync(destination, new() { { "applyOps", RawValue.Array([operation.Build()]) } }, "admin");
        if (documents.Count > 0)
        {
            await RunAsync(
                destination,
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

        var others = indexes.Where(index => index["name"].AsString != "_id_" && !index.Has("clustered")).ToList();
        if (others.Count > 0)
        {
            await RunAsync(
                destination,
                new()
                {
                    { "createIndexes", name },
                    { "indexes", RawValue.Array(others.Select(RawValue.Document)) },
                    { "ignoreUnknownIndexOptions", true },
                }
            );
        }
    }

    // Several inserts of one statement are one entry, which mongorestore takes apart.
    private static IEnumerable<RawDocument> Single(RawDocument entry) =>
        entry["o"].AsDocument["applyOps"] is { Type: BsonType.Array } several
            ? several.AsDocument.Values().Select(one => one.AsDocument)
            : [entry];

    // mongorestore leaves out what changes nothing, and what it finds in its dump already does no harm.
    private static bool IsReplayed(RawDocument entry) =>
        entry["op"].AsString != "n" && entry["ns"].AsString.StartsWith("db.", StringComparison.Ordinal);

    // Views are dumped as such, so the collection that has their definitions is not.
    private static async Task<List<RawDocument>> CollectionsAsync(TestMember member) =>
        (await ListAsync(member, "{listCollections: 1, filter: {}}")).FindAll(one =>
            !one["name"].AsString.StartsWith("system.", StringComparison.Ordinal)
        );

    private static Task<List<RawDocument>> DocumentsAsync(TestMember member, string name) =>
        ListAsync(member, new DocumentBuilder { { "find", name }, { "noCursorTimeout", true } });

    private static Task<List<RawDocument>> IndexesAsync(TestMember member, string name) =>
        ListAsync(member, new DocumentBuilder { { "listIndexes", name }, { "cursor", RawDocument.Empty } });

    private static Task<RawDocument> HashAsync(TestMember member) => RunAsync(member, new() { { "dbHash", 1 } });

    private static string Digest(RawDocument hashes) => hashes["md5"].AsString;

    private static Task<List<RawDocument>> ListAsync(TestMember member, string command) =>
        ListAsync(member, ShellText.Command(command));

    private static async Task<List<RawDocument>> ListAsync(
        TestMember member,
        DocumentBuilder command,
        string database = "db"
    )
    {
        var reply = await RunAsync(member, command, database);
        reply["cursor"].AsDocument["id"].ToInt64().ShouldBe(0);
        return [.. reply["cursor"].AsDocument["firstBatch"].AsDocument.Values().Select(value => value.AsDocument)];
    }

    private static async Task<RawDocument> RunAsync(TestMember member, DocumentBuilder command, string database = "db")
    {
        var reply = await member.Run(database, command);
        (reply["ok"].ToInt64() == 1 && !reply.Has("writeErrors")).ShouldBeTrue(reply.ToString());
        return reply;
    }
}

using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Catalog;

/// <summary>
/// Text, 2d, 2dsphere and wildcard indexes and encrypted fields are kept, refused and shown as MongoDB does. Where MongoDB defines it stands
/// with each: files below src/mongo/db of 8.0 but for tests, which are below jstests.
/// </summary>
public sealed class SpecialIndexTests : IDisposable
{
    private readonly TestMember member = new();

    public void Dispose() => member.Dispose();

    [Theory]
    [InlineData(
        "fts/fts_spec.cpp, fixSpec",
        "{key: {k: 1, b: 'text', a: 'text', z: -1}, name: 'x', weights: {b: 5}, default_language: 'spanish'}",
        "{v: 2, key: {k: 1, _fts: 'text', _ftsx: 1, z: -1}, name: 'x', weights: {a: 1, b: 5}, default_language: 'spanish', language_override: 'language', textIndexVersion: 3}"
    )]
    [InlineData(
        "fts/fts_spec.cpp, fixSpec",
        "{key: {'$**': 'text'}, name: 'x', language_override: 'l'}",
        "{v: 2, key: {_fts: 'text', _ftsx: 1}, name: 'x', weights: {'$**': 1}, default_language: 'english', language_override: 'l', textIndexVersion: 3}"
    )]
    [InlineData(
        "geo/hash.cpp, createFromDoc",
        "{key: {p: '2d', n: 1}, name: 'x', bits: 20, min: -10.0, max: 10.0}",
        "{v: 2, key: {p: '2d', n: 1}, name: 'x', bits: 20, min: -10.0, max: 10.0}"
    )]
    [InlineData(
        "index/s2_access_method.cpp, fixSpec",
        "{key: {n: 1, p: '2dsphere', q: '2dsphere'}, name: 'x'}",
        "{v: 2, key: {n: 1, p: '2dsphere', q: '2dsphere'}, name: 'x', '2dsphereIndexVersion': 3}"
    )]
    [InlineData(
        "catalog/index_key_validate.cpp",
        "{key: {'$**': 1}, name: 'x', wildcardProjection: {a: 1, 'b.c': 1}}",
        "{v: 2, key: {'$**': 1}, name: 'x', wildcardProjection: {a: 1, 'b.c': 1}}"
    )]
    [InlineData(
        "catalog/index_key_validate.cpp",
        "{key: {n: 1, 'a.$**': -1}, name: 'x'}",
        "{v: 2, key: {n: 1, 'a.$**': -1}, name: 'x'}"
    )]
    public async Task It_is_shown_as_it_was_made_with_what_was_left_out(string where, string asked, string shown)
    {
        (await CreateAsync(asked))["ok"].ToInt64().ShouldBe(1, where);

        var listed = (await RunAsync("{listIndexes: 'c'}"))["cursor"].AsDocument["firstBatch"].AsDocument.Values();

        listed.Last().AsDocument.ShouldBe(ShellText.Document(shown), where);
        // Made once more as it is shown, it is the same: so copies are made.
        (await CreateAsync(shown))["note"]
            .AsString.ShouldBe("all indexes already exist", where);
    }

    [Theory]
    [InlineData("fts/fts_spec.cpp", "{key: {a: 'text', n: 1, b: 'text'}, name: 'x'}", 67)]
    [InlineData("fts/fts_spec.cpp", "{key: {a: 'text'}, name: 'x', weights: {a: 0}}", 67)]
    [InlineData("fts/fts_spec.cpp", "{key: {a: 'text'}, name: 'x', weights: {a: 1000000000}}", 67)]
    [InlineData("fts/fts_spec.cpp", "{key: {a: 'text'}, name: 'x', weights: {a: 'much'}}", 67)]
    [InlineData("fts/fts_spec.cpp", "{key: {a: 'text'}, name: 'x', default_language: 'klingon'}", 67)]
    [InlineData("fts/fts_spec.cpp", "{key: {a: 'text'}, name: 'x', language_override: 'a.b'}", 67)]
    [InlineData("fts/fts_spec.cpp", "{key: {a: 'text'}, name: 'x', textIndexVersion: 4}", 67)]
    [InlineData("index/expression_params.cpp", "{key: {a: '2d', b: '2d'}, name: 'x'}", 16800)]
    [InlineData("index/expression_params.cpp", "{key: {n: 1, a: '2d'}, name: 'x'}", 16801)]
    [InlineData("geo/hash.cpp", "{key: {a: '2d'}, name: 'x', bits: 33}", 72)]
    [InlineData("geo/hash.cpp", "{key: {a: '2d'}, name: 'x', min: 10, max: -10}", 72)]
    [InlineData("index/s2_access_method.cpp", "{key: {a: '2dsphere', b: 'hashed'}, name: 'x'}", 16823)]
    [InlineData("index/s2_access_method.cpp", "{key: {a: '2dsphere'}, name: 'x', '2dsphereIndexVersion': 9}", 67)]
    [InlineData("index/expression_params.cpp", "{key: {a: '2dsphere'}, name: 'x', finestIndexedLevel: 31}", 16748)]
    [InlineData("catalog/index_catalog_impl.cpp", "{key: {'$**': 1}, name: 'x', unique: true}", 67)]
    [InlineData("catalog/index_catalog_impl.cpp", "{key: {'$**': 1}, name: 'x', sparse: true}", 67)]
    [InlineData("catalog/index_catalog_impl.cpp", "{key: {'$**': 1}, name: 'x', expireAfterSeconds: 1}", 67)]
    [InlineData("catalog/index_key_validate.cpp", "{key: {'$**': 1, n: 1}, name: 'x'}", 67)]
    [InlineData("catalog/index_key_validate.cpp", "{key: {a: 1}, name: 'x', wildcardProjection: {a: 1}}", 2)]
    [InlineData("catalog/index_key_validate.cpp", "{key: {'a.$**': 1}, name: 'x', wildcardProjection: {a: 1}}", 9)]
    [InlineData("catalog/index_key_validate.cpp", "{key: {'$**': 1}, name: 'x', wildcardProjection: {}}", 9)]
    [InlineData("catalog/index_key_validate.cpp", "{key: {a: '3d'}, name: 'x'}", 67)]
    public async Task One_that_cannot_be_is_refused(string where, string asked, int code)
    {
        var refused = await CreateAsync(asked);

        refused["code"].ToInt64().ShouldBe(code, $"{where}: {refused}");
    }

    /// <summary>index_catalog_impl.cpp, _doesSpecConflictWithExisting.</summary>
    [Fact]
    public async Task A_collection_has_one_text_index_at_most()
    {
        await CreateAsync("{key: {a: 'text'}, name: 'one'}");

        var refused = await CreateAsync("{key: {n: 1, b: 'text'}, name: 'other'}");

        refused["code"].ToInt64().ShouldBe(67);
        refused["errmsg"]
            .AsString.ShouldContain("only one text index per collection allowed, found existing text index \"one\"");
    }

    /// <summary>query_planner_text_test.cpp and planner_ibs: neither text nor geometry is searched here.</summary>
    [Theory]
    [InlineData("{find: 'c', filter: {$text: {$search: 'x'}}}")]
    [InlineData("{find: 'c', filter: {p: {$near: [1, 2]}}}")]
    public async Task What_would_search_one_is_refused(string command)
    {
        await CreateAsync("{key: {a: 'text'}, name: 'a'}");
        await CreateAsync("{key: {p: '2d'}, name: 'p'}");

        var reply = await RunAsync(command);

        reply["ok"].ToInt64().ShouldBe(0, reply.ToString());
    }

    private const string Fields =
        "{fields: [{path: 'a.b', bsonType: 'string', keyId: {$uuid: '11111111-1111-4111-8111-111111111111'}, queries: [{queryType: 'equality', contention: {$numberLong: '8'}}]}, {path: 'c', keyId: {$uuid: '22222222-2222-4222-8222-222222222222'}}], escCollection: 'enxcol_.e.esc', ecocCollection: 'enxcol_.e.ecoc'}";

    /// <summary>crypto/encryption_fields.idl.</summary>
    [Fact]
    public async Task Encrypted_fields_are_shown_byte_for_byte_as_they_were_given()
    {
        (await RunAsync($"{{create: 'e', encryptedFields: {Fields}}}"))["ok"].ToInt64().ShouldBe(1);

        var listed = await RunAsync("{listCollections: 1, filter: {name: 'e'}}");

        listed["cursor"]
            .AsDocument["firstBatch"]
            .AsDocument["0"]
            .AsDocument["options"]
            .AsDocument["encryptedFields"]
            .AsDocument.ShouldBe(ShellText.Document(Fields));
    }

    [Theory]
    [InlineData("commands/create_command.cpp", "capped: true, size: 1000", Fields, 6367301)]
    [InlineData("commands/create_command.cpp", "viewOn: 'c'", Fields, 6346401)]
    [InlineData(
        "crypto/encryption_fields_validation.cpp",
        "comment: 1",
        "{fields: [{path: '_id', keyId: {$uuid: '11111111-1111-4111-8111-111111111111'}}]}",
        6316403
    )]
    [InlineData(
        "crypto/encryption_fields_validation.cpp",
        "comment: 1",
        "{fields: [{path: 'a', keyId: {$uuid: '11111111-1111-4111-8111-111111111111'}}, {path: 'a.b', keyId: {$uuid: '22222222-2222-4222-8222-222222222222'}}]}",
        6338403
    )]
    [InlineData(
        "crypto/encryption_fields_validation.cpp",
        "comment: 1",
        "{fields: [{path: 'a', keyId: {$uuid: '11111111-1111-4111-8111-111111111111'}}, {path: 'b', keyId: {$uuid: '11111111-1111-4111-8111-111111111111'}}]}",
        6338401
    )]
    [InlineData("crypto/encryption_fields.idl", "comment: 1", "{fields: [{path: 'a'}]}", 40414)]
    public async Task Encrypted_fields_that_cannot_be_are_refused(string where, string others, string fields, int code)
    {
        var refused = await RunAsync($"{{create: 'e', {others}, encryptedFields: {fields}}}");

        refused["code"].ToInt64().ShouldBe(code, $"{where}: {refused}");
    }

    /// <summary>A server that knows Queryable Encryption would store other values than it was sent: that is not left out silently.</summary>
    [Fact]
    public async Task Values_that_the_server_is_to_make_findable_are_refused()
    {
        _ = await RunAsync($"{{create: 'e', encryptedFields: {Fields}}}");

        var refused = await RunAsync(
            "{insert: 'e', documents: [{_id: 1}], encryptionInformation: {type: 1, schema: {}}}"
        );

        refused["code"].ToInt64().ShouldBe(238, refused.ToString());
    }

    private Task<RawDocument> CreateAsync(string index) => RunAsync($"{{createIndexes: 'c', indexes: [{index}]}}");

    private Task<RawDocument> RunAsync(string command) => member.Run("db", ShellText.Command(command));
}

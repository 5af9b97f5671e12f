using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Commands;

/// <summary>Rules that no recording shows and MongoDB's own tests do: the file under jstests/core of 8.0 is named with each.</summary>
public sealed class ServerTestRuleTests : IDisposable
{
    private readonly TestMember member = new();

    [Theory]
    [InlineData("{createIndexes: 'c', indexes: [{key: {'a..b': 1}, name: 'x'}]}", 67, "index/indexp.js")]
    [InlineData(
        "{createIndexes: 'c', indexes: [{key: {a: 1}, name: 'x\\u0000y'}]}",
        67,
        "ddl/index_create_with_nul_in_name.js"
    )]
    [InlineData(
        "{createIndexes: 'c', indexes: [{key: {a: 1, b: 1}, name: 'x', expireAfterSeconds: 1}]}",
        67,
        "ddl/ttl_index_options.js"
    )]
    [InlineData(
        "{createIndexes: 'c', indexes: [{key: {a: 1}, name: 'x', expireAfterSeconds: 999999999999999}]}",
        67,
        "ddl/ttl_index_options.js"
    )]
    [InlineData(
        "{collMod: 'c', index: {keyPattern: {n: 1}, unique: '100'}}",
        14,
        "ddl/collmod_convert_index_uniqueness.js"
    )]
    [InlineData(
        "{collMod: 'c', index: {keyPattern: {n: 1}, expireAfterSeconds: '100'}}",
        14,
        "ddl/collmod_convert_to_ttl.js"
    )]
    [InlineData("{create: 'system.special', viewOn: 'c'}", 73, "views/views_creation.js")]
    [InlineData(
        "{create: 'b', viewOn: 'c', pipeline: [{$facet: {x: [{$lookup: {from: 'a', pipeline: [], as: 'z'}}]}}]}",
        5,
        "views/views_validation.js"
    )]
    [InlineData("{insert: 'c', documents: [{_id: {a: {$b: 1}}}]}", 52, "embedded_dollar_prefixed_field_validation.js")]
    [InlineData("{find: 'c', hint: {$natural: 2}}", 2, "query/natural_validation.js")]
    public async Task What_makes_no_sense_is_refused(string command, int code, string file)
    {
        await RunAsync("db", "{createIndexes: 'c', indexes: [{key: {n: 1}, name: 'n'}]}");
        await RunAsync("db", "{create: 'a', viewOn: 'b'}");

        var reply = await member.Run("db", ShellText.Command(command));

        var refusal = reply["writeErrors"] is { Type: BsonType.Array } errors
            ? errors.AsDocument["0"].AsDocument
            : reply;
        refusal["code"].ToInt64().ShouldBe(code, $"{file}: {reply}");
    }

    /// <summary>dbcase.js.</summary>
    [Fact]
    public async Task A_database_whose_name_differs_in_case_only_is_not_made()
    {
        await RunAsync("db", "{insert: 'c', documents: [{_id: 1}]}");

        var reply = await member.Run("DB", ShellText.Command("{insert: 'c', documents: [{_id: 1}]}"));

        reply["writeErrors"].AsDocument["0"].AsDocument["code"].ToInt64().ShouldBe(13297, reply.ToString());
    }

    /// <summary>ddl/collection_uuid_rename_collection.js.</summary>
    [Fact]
    public async Task A_target_of_another_identity_than_expected_is_not_dropped_by_a_renaming()
    {
        await RunAsync("db", "{insert: 'c', documents: [{_id: 1}]}");
        await RunAsync("db", "{insert: 'd', documents: [{_id: 2}]}");

        var reply = await member.Run(
            "admin",
            new()
            {
                { "renameCollection", "db.c" },
                { "to", "db.d" },
                { "dropTarget", RawValue.Uuid(Guid.NewGuid()) },
            }
        );

        reply["code"].ToInt64().ShouldBe(361);
        reply["expectedCollection"].AsString.ShouldBe("d");
    }

    /// <summary>api/api_params_getmore.js.</summary>
    [Fact]
    public async Task A_cursor_is_continued_with_the_API_parameters_it_was_opened_with()
    {
        await RunAsync("db", "{insert: 'c', documents: [{_id: 1}, {_id: 2}]}");
        var opened = await RunAsync("db", "{find: 'c', batchSize: 1, apiVersion: '1'}");
        var id = opened["cursor"].AsDocument["id"].AsInt64;

        var other = await member.Run("db", new() { { "getMore", id }, { "collection", "c" } });
        var same = await member.Run(
            "db",
            new()
            {
                { "getMore", id },
                { "collection", "c" },
                { "apiVersion", "1" },
            }
        );

        other["code"].ToInt64().ShouldBe(347);
        same["ok"].ToInt64().ShouldBe(1, same.ToString());
    }

    /// <summary>administrative/builtin_roles_external.js.</summary>
    [Fact]
    public async Task Users_of_other_systems_have_no_built_in_roles()
    {
        var roles = await RunAsync("$external", "{rolesInfo: 1, showBuiltinRoles: true}");

        roles["roles"].AsDocument.ShouldBeEmpty();
    }

    /// <summary>command_let_variables_merge_only.js.</summary>
    [Fact]
    public async Task A_merge_sees_the_commands_variables_and_its_own_before_them()
    {
        await RunAsync("db", "{insert: 'from', documents: [{_id: 1}]}");
        await RunAsync("db", "{insert: 'to', documents: [{_id: 1}]}");

        await RunAsync(
            "db",
            "{aggregate: 'from', pipeline: [{$merge: {into: 'to', let: {a: 'inner'}, whenMatched: [{$set: {a: '$$a', b: '$$b'}}]}}], cursor: {}, let: {a: 'outer', b: 'outer'}}"
        );

        var merged = await RunAsync("db", "{find: 'to'}");
        merged["cursor"]
            .AsDocument["firstBatch"]
            .AsDocument["0"]
            .ShouldBe(RawValue.Document(ShellText.Command("{_id: 1, a: 'inner', b: 'outer'}").Build()));
    }

    /// <summary>slice1.js.</summary>
    [Fact]
    public async Task A_slice_is_taken_in_the_objects_of_an_array_and_not_in_those_of_arrays_in_it()
    {
        await RunAsync("db", "{insert: 'c', documents: [{_id: 1, a: [[{b: [1, 2]}], {b: [1, 2]}]}]}");

        var found = await RunAsync("db", "{find: 'c', projection: {'a.b': {$slice: 1}}}");

        found["cursor"]
            .AsDocument["firstBatch"]
            .AsDocument["0"]
            .ShouldBe(RawValue.Document(ShellText.Command("{_id: 1, a: [[{b: [1, 2]}], {b: [1]}]}").Build()));
    }

    public void Dispose() => member.Dispose();

    private async Task<RawDocument> RunAsync(string database, string command)
    {
        var reply = await member.Run(database, ShellText.Command(command));
        reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
        return reply;
    }
}

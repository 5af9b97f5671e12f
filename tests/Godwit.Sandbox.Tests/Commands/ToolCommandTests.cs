using System.Security.Cryptography;
using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Commands;

/// <summary>Commands that tools for migration, GridFS and reading in parallel send.</summary>
public sealed class ToolCommandTests : IDisposable
{
    private readonly TestMember member = new();

    public void Dispose() => member.Dispose();

    /// <summary>dbcommands_d.cpp.</summary>
    [Fact]
    public async Task The_digest_of_a_file_is_that_of_its_chunks_in_their_order()
    {
        await RunAsync(
            "{insert: 'up.chunks', documents: [{files_id: 7, n: 1, data: {$binary: {base64: 'BAUG', subType: '00'}}}, {files_id: 7, n: 0, data: {$binary: {base64: 'AQID', subType: '00'}}}, {files_id: 8, n: 1, data: {$binary: {base64: 'BAUG', subType: '00'}}}]}"
        );

        var reply = await RunAsync("{filemd5: 7, root: 'up'}");

        reply["numChunks"].ToInt64().ShouldBe(2);
        reply["md5"].AsString.ShouldBe(Convert.ToHexStringLower(MD5.HashData([1, 2, 3, 4, 5, 6])));
        (await RunAsync("{filemd5: 8, root: 'up'}"))["code"].ToInt64().ShouldBe(10040, "its first chunk is missing");
        (await RunAsync("{filemd5: 1}"))["md5"].AsString.ShouldBe(Convert.ToHexStringLower(MD5.HashData([])));
    }

    /// <summary>split_vector.cpp; jstests/sharding/split_vector.js.</summary>
    [Fact]
    public async Task Split_points_cut_a_collection_into_parts_of_half_the_size_asked_for()
    {
        var documents = Enumerable
            .Range(0, 64)
            .Select(i => (RawValue)new DocumentBuilder { { "_id", i }, { "x", new string('x', 64 * 1024) } }.Build());
        await member.Run("db", new() { { "insert", "c" }, { "documents", RawValue.Array(documents) } });

        var points = await SplitAsync("{splitVector: 'db.c', keyPattern: {_id: 1}, maxChunkSize: 1}");

        // Half a megabyte has seven of these documents, and a little.
        points.ShouldBe([7, 15, 23, 31, 39, 47, 55, 63]);
        (await SplitAsync("{splitVector: 'db.c', keyPattern: {_id: 1}, maxChunkSize: 1, maxSplitPoints: 2}")).ShouldBe([
            7,
            15,
        ]);
        (
            await SplitAsync(
                "{splitVector: 'db.c', keyPattern: {_id: 1}, min: {_id: 20}, max: {_id: 40}, maxChunkSize: 1}"
            )
        ).ShouldBe([27, 35]);
        (await SplitAsync("{splitVector: 'db.c', keyPattern: {_id: 1}, force: true}")).ShouldBe([32]);
        (await SplitAsync("{splitVector: 'db.c', keyPattern: {_id: 1}, maxChunkSize: 1000}")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{splitVector: 'db.none', keyPattern: {_id: 1}, maxChunkSize: 1}", 26)]
    [InlineData("{splitVector: 'db.c', keyPattern: {a: 1}, maxChunkSize: 1}", 27)]
    [InlineData("{splitVector: 'db.c', keyPattern: {_id: 1}}", 72)]
    [InlineData("{splitVector: 'db.c', keyPattern: {_id: 1}, maxChunkSize: 2000}", 72)]
    [InlineData("{mapReduce: 'c', map: 'x', reduce: 'y', out: {inline: 1}}", 31264)]
    [InlineData("{setQuerySettings: {}, settings: {}}", 238)]
    [InlineData("{removeQuerySettings: {}}", 238)]
    [InlineData("{analyzeShardKey: 'db.c', key: {_id: 1}}", 238)]
    [InlineData("{configureQueryAnalyzer: 'db.c', mode: 'off'}", 238)]
    [InlineData("{checkMetadataConsistency: 1}", 59)]
    public async Task What_cannot_be_or_is_not_offered_is_refused(string command, int code)
    {
        await RunAsync("{insert: 'c', documents: [{_id: 1}]}");
        var isOfAdmin =
            command.Contains("QuerySettings", StringComparison.Ordinal)
            || command.Contains("nalyze", StringComparison.Ordinal);

        var reply = await member.Run(isOfAdmin ? "admin" : "db", ShellText.Command(command));

        reply["code"].ToInt64().ShouldBe(code, reply.ToString());
    }

    /// <summary>commands.cpp, parseNsOrUUID.</summary>
    [Theory]
    [InlineData("find")]
    [InlineData("count")]
    [InlineData("listIndexes")]
    public async Task A_collection_is_named_by_its_identity_too(string command)
    {
        await RunAsync("{insert: 'c', documents: [{_id: 1}]}");
        await RunAsync("{insert: 'd', documents: [{_id: 1}, {_id: 2}]}");
        var uuid = member.Node.Catalog.Latest.Find(new Namespace("db", "d"))!.Uuid;
        await member.Run("admin", ShellText.Command("{renameCollection: 'db.d', to: 'db.e'}"));

        var found = await member.Run("db", new() { { command, RawValue.Uuid(uuid) } });
        var other = await member.Run("db", new() { { command, RawValue.Uuid(Guid.NewGuid()) } });

        found["ok"].ToInt64().ShouldBe(1, found.ToString());
        if (command == "count")
        {
            found["n"].ToInt64().ShouldBe(2);
        }
        else
        {
            found["cursor"].AsDocument["ns"].AsString.ShouldBe("db.e");
        }

        other["code"].ToInt64().ShouldBe(26, other.ToString());
    }

    private async Task<List<long?>> SplitAsync(string command)
    {
        var reply = await RunAsync(command);
        return [.. reply["splitKeys"].AsDocument.Values().Select(key => key.AsDocument["_id"].ToInt64())];
    }

    private Task<RawDocument> RunAsync(string command) => member.Run("db", ShellText.Command(command));
}

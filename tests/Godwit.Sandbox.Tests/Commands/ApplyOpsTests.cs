using Godwit.Bson;
using Godwit.Sandbox.Tests.Sharding;
using Godwit.Wire.Client;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Commands;

/// <summary>
/// What <c>applyOps</c> takes and what not: jstests/core/administrative/apply_ops/apply_ops1.js, jstests/auth/applyOps_privilege.js,
/// apply_ops_cmd.cpp, oplog_application_checks.cpp, and kOpsMap of oplog.cpp.
/// </summary>
public sealed class ApplyOpsTests : IDisposable
{
    private readonly TestMember member = new();

    public void Dispose() => member.Dispose();

    [Fact]
    public async Task An_applyOps_in_another_is_applied_where_it_stands()
    {
        await RunAsync("{insert: 'c', documents: [{_id: 1}]}");

        var reply = await RunAsync(
            "{applyOps: [{op: 'i', ns: 'db.c', o: {_id: 2}}, {op: 'c', ns: 'admin.$cmd', o: {applyOps: [{op: 'u', ns: 'db.c', o2: {_id: 2}, o: {$v: 2, diff: {i: {a: 1}}}}, {op: 'c', ns: 'db.$cmd', o: {applyOps: [{op: 'd', ns: 'db.c', o: {_id: 1}}]}}]}}]}"
        );

        reply["applied"].ToInt64().ShouldBe(2, reply.ToString());
        (await DocumentsAsync()).ShouldBe([ShellText.Document("{_id: 2, a: 1}")]);
    }

    [Fact]
    public async Task One_that_fails_inside_ends_those_around_it()
    {
        await RunAsync("{insert: 'c', documents: [{_id: 1}]}");

        var reply = await RunAsync(
            "{applyOps: [{op: 'c', ns: 'db.$cmd', o: {applyOps: [{op: 'i', ns: 'db.c', o: {_id: 2}}, {op: 'i', ns: 'db.none', o: {_id: 3}}]}}, {op: 'd', ns: 'db.c', o: {_id: 1}}]}"
        );

        reply["code"].ToInt64().ShouldBe(26);
        reply["results"].AsDocument.Values().ShouldBe([RawValue.False]);
        (await DocumentsAsync()).Count.ShouldBe(2, "what stood before it was applied");
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(11, false)]
    public async Task They_are_nested_ten_times_at_most(int depth, bool isApplied)
    {
        await RunAsync("{insert: 'c', documents: [{_id: 1}]}");
        var innermost = "{op: 'd', ns: 'db.c', o: {_id: 1}}";
        for (var i = 0; i < depth; i++)
        {
            innermost = $"{{op: 'c', ns: 'db.$cmd', o: {{applyOps: [{innermost}]}}}}";
        }

        var reply = await RunAsync($"{{applyOps: [{innermost}]}}");

        (reply["ok"].ToInt64() == 1).ShouldBe(isApplied, reply.ToString());
        (await DocumentsAsync()).Count.ShouldBe(isApplied ? 0 : 1);
    }

    [Theory]
    [InlineData("{ns: 'db.c', o: {_id: 1}}", 20)]
    [InlineData("{op: 'i', o: {_id: 1}}", 20)]
    [InlineData("{op: 'i', ns: '', o: {_id: 1}}", 20)]
    [InlineData("{op: 'i', ns: 'db.c'}", 40414)]
    [InlineData("{op: 'x', ns: 'db.c', o: {}}", 2)]
    [InlineData("{op: 'i', ns: 'db.none', o: {_id: 1}}", 26)]
    [InlineData("{op: 'c', ns: 'db.$cmd', o: {createIndexes: 'c', v: 2, key: {a: 1}, name: 'a'}}", 115)]
    [InlineData("{op: 'c', ns: 'db.$cmd', o: {startIndexBuild: 'c'}}", 115)]
    [InlineData("{op: 'c', ns: 'admin.$cmd', o: {commitTransaction: 1}}", 50987)]
    [InlineData("{op: 'c', ns: 'admin.$cmd', o: {abortTransaction: 1}}", 50972)]
    [InlineData("{op: 'c', ns: 'admin.$cmd', o: {applyOps: [{op: 'n', ns: '', o: {}}], prepare: true}}", 51145)]
    [InlineData("{op: 'c', ns: 'admin.$cmd', o: {applyOps: [{op: 'n', ns: '', o: {}}], partialTxn: true}}", 31056)]
    [InlineData("{op: 'c', ns: 'admin.$cmd', o: {applyOps: [{op: 'n', ns: '', o: {}}], count: 1}}", 31240)]
    [InlineData("{op: 'c', ns: 'db.$cmd', o: {dropDatabase: 1}}, {op: 'n', ns: '', o: {}}", 6275900)]
    public async Task What_cannot_be_applied_is_refused_with_MongoDBs_code(string operations, int code)
    {
        await RunAsync("{create: 'c'}");

        var refused = await RunAsync($"{{applyOps: [{operations}]}}");

        refused["code"].ToInt64().ShouldBe(code, refused.ToString());
    }

    [Theory]
    [InlineData("{$v: 2, diff: {i: {a: 1}}}", "{_id: 1, a: 1}")]
    [InlineData("{a: 2}", "{_id: 1, a: 2}")]
    public async Task An_update_of_what_is_not_there_inserts_unless_told_otherwise(string change, string document)
    {
        await RunAsync("{create: 'c'}");
        var update = $"{{op: 'u', ns: 'db.c', o2: {{_id: 1}}, o: {change}}}";

        var refused = await RunAsync($"{{applyOps: [{update}], alwaysUpsert: false}}");
        refused["code"].ToInt64().ShouldBe(8);
        refused["results"].AsDocument.Values().ShouldBe([RawValue.False]);
        (await RunAsync($"{{applyOps: [{update}]}}"))["ok"].ToInt64().ShouldBe(1);

        (await DocumentsAsync()).ShouldBe([ShellText.Document(document)]);
    }

    [Theory]
    [InlineData("insert", "{op: 'i', ns: 'db.c', o: {_id: 2}}", true)]
    [InlineData("insert", "{op: 'd', ns: 'db.c', o: {_id: 2}}", false)]
    [InlineData("remove", "{op: 'd', ns: 'db.c', o: {_id: 2}}", true)]
    [InlineData("update", "{op: 'u', ns: 'db.c', o2: {_id: 1}, o: {a: 1}}", false)]
    [InlineData("insert', 'update", "{op: 'u', ns: 'db.c', o2: {_id: 1}, o: {a: 1}}", true)]
    [InlineData(
        "insert",
        "{op: 'i', ns: 'db.c', ui: {$uuid: '11111111-1111-4111-8111-111111111111'}, o: {_id: 2}}",
        false
    )]
    [InlineData("insert", "{op: 'c', ns: 'db.$cmd', o: {drop: 'c'}}", false)]
    [InlineData("dropCollection", "{op: 'c', ns: 'db.$cmd', o: {drop: 'c'}}", true)]
    [InlineData("insert", "{op: 'c', ns: 'db.$cmd', o: {applyOps: [{op: 'i', ns: 'db.c', o: {_id: 2}}]}}", true)]
    [InlineData("remove", "{op: 'c', ns: 'db.$cmd', o: {applyOps: [{op: 'i', ns: 'db.c', o: {_id: 2}}]}}", false)]
    [InlineData("insert", "{op: 'n', ns: '', o: {msg: 1}}", false)]
    [InlineData(
        "createCollection",
        "{op: 'c', ns: 'db.$cmd', o: {create: 'x'}}, {op: 'c', ns: 'db.$cmd', o: {create: 'y'}}",
        false
    )]
    public async Task Each_operation_needs_what_it_would_need_by_itself(
        string actions,
        string operations,
        bool isAllowed
    )
    {
        await using var cluster = await SandboxCluster.StartAsync(
            new() { Members = 1, Credential = new("root", "x") },
            TestContext.Current.CancellationToken
        );
        await using (var root = await ShardedUnderTest.ConnectAsync(cluster.Ports[0], "root"))
        {
            await ExpectAsync(root, "db", "{insert: 'c', documents: [{_id: 1}]}");
            await ExpectAsync(
                root,
                "admin",
                $"{{createRole: 'r', roles: [], privileges: [{{resource: {{cluster: true}}, actions: ['applyOps']}}, {{resource: {{db: 'db', collection: ''}}, actions: ['{actions}']}}]}}"
            );
            await ExpectAsync(root, "admin", "{createUser: 'u', pwd: 'x', roles: ['r']}");
        }

        await using var user = await ShardedUnderTest.ConnectAsync(cluster.Ports[0], "u");
        var reply = await ShardedUnderTest.RunAsync(user, "admin", ShellText.Command($"{{applyOps: [{operations}]}}"));

        (reply["code"].ToInt64() != 13).ShouldBe(isAllowed, reply.ToString());
    }

    private static async Task ExpectAsync(WireConnection connection, string database, string command)
    {
        var reply = await ShardedUnderTest.RunAsync(connection, database, ShellText.Command(command));
        reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
    }

    private async Task<List<RawDocument>> DocumentsAsync()
    {
        var reply = await RunAsync("{find: 'c', sort: {_id: 1}}");
        return [.. reply["cursor"].AsDocument["firstBatch"].AsDocument.Values().Select(one => one.AsDocument)];
    }

    private Task<RawDocument> RunAsync(string command) =>
        member.Run(
            command.StartsWith("{applyOps", StringComparison.Ordinal) ? "admin" : "db",
            ShellText.Command(command)
        );
}

using Godwit.Bson;
using Godwit.Sandbox.Tests.Sharding;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Commands;

/// <summary>The commands with which a server is looked after, and those that the database tools use.</summary>
public sealed class MaintenanceTests
{
    private static readonly Guid Uuid = Guid.NewGuid();

    [Fact]
    public async Task A_server_locked_for_a_backup_takes_writes_only_when_it_is_unlocked_as_often_as_it_was_locked()
    {
        using var member = new TestMember();
        await Run(member, "db", "{insert: 'c', documents: [{_id: 1}]}");
        (await Run(member, "admin", "{fsync: 1, lock: true}"))["lockCount"].ShouldBe(RawValue.Int64(1));
        (await Run(member, "admin", "{fsync: 1, lock: true}"))["lockCount"].ShouldBe(RawValue.Int64(2));

        var writing = member.Run("db", ShellText.Command("{insert: 'c', documents: [{_id: 2}]}"));
        var late = await member.Run("db", ShellText.Command("{insert: 'c', documents: [{_id: 3}], maxTimeMS: 20}"));
        late["code"].ToInt64().ShouldBe(50);
        (await Run(member, "db", "{count: 'c'}"))["n"].ToInt64().ShouldBe(1, "reads go on");
        (await Run(member, "admin", "{fsyncUnlock: 1}"))["lockCount"].ShouldBe(RawValue.Int64(1));
        writing.IsCompleted.ShouldBeFalse();
        (await Run(member, "admin", "{fsyncUnlock: 1}"))["lockCount"].ShouldBe(RawValue.Int64(0));

        (await writing)["n"].ToInt64().ShouldBe(1);
        (await member.Run("admin", ShellText.Command("{fsyncUnlock: 1}")))["code"].ToInt64().ShouldBe(20);
    }

    [Fact]
    public async Task Operations_of_an_oplog_are_applied_one_after_the_other_and_logged_as_writes_of_their_own()
    {
        using var member = new TestMember();
        var reply = await Apply(
            member,
            new()
            {
                { "op", "c" },
                { "ns", "db.$cmd" },
                { "ui", RawValue.Uuid(Uuid) },
                { "o", Text("{create: 'c', capped: false}") },
            },
            new()
            {
                { "op", "i" },
                { "ns", "db.c" },
                { "o", Text("{_id: 1, a: 1}") },
            },
            new()
            {
                { "op", "i" },
                { "ns", "db.c" },
                { "o", Text("{_id: 2}") },
            },
            new()
            {
                { "op", "u" },
                { "ns", "db.c" },
                { "o2", Text("{_id: 1}") },
                { "o", Text("{$v: 2, diff: {u: {a: 7}}}") },
            },
            new()
            {
                { "op", "d" },
                { "ns", "db.c" },
                { "o", Text("{_id: 2}") },
            },
            new()
            {
                { "op", "n" },
                { "ns", "" },
                { "o", Text("{msg: 'x'}") },
            }
        );

        reply["applied"].ToInt64().ShouldBe(5, reply.ToString());
        (await Run(member, "db", "{find: 'c'}"))["cursor"]
            .AsDocument["firstBatch"]
            .AsDocument["0"]
            .ShouldBe(RawValue.Document(Text("{_id: 1, a: 7}")));
        var listed = await Run(member, "db", "{listCollections: 1}");
        listed["cursor"]
            .AsDocument["firstBatch"]
            .AsDocument["0"]
            .AsDocument["info"]
            .AsDocument["uuid"]
            .AsUuid.ShouldBe(Uuid);
        member.Node.Oplog.ReadAfter(ClusterTime.Zero).Count(entry => entry["ns"] == "db.c").ShouldBe(4);
    }

    [Fact]
    public async Task An_operation_that_cannot_be_applied_ends_the_list_and_says_how_far_it_came()
    {
        using var member = new TestMember();
        var reply = await Apply(
            member,
            new()
            {
                { "op", "d" },
                { "ns", "db.none" },
                { "o", Text("{_id: 1}") },
            },
            new()
            {
                { "op", "i" },
                { "ns", "db.none" },
                { "o", Text("{_id: 1}") },
            }
        );

        reply["code"].ToInt64().ShouldBe(26);
        reply["applied"].ToInt64().ShouldBe(2);
        reply["results"].AsDocument.Values().ShouldBe([RawValue.True, RawValue.False]);
    }

    [Fact]
    public async Task Entries_of_the_oplog_are_kept_for_as_many_hours_as_is_said_however_large_it_becomes()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        using var member = new TestMember(time: time, oplogBytesMax: 2000);
        await Run(member, "admin", "{replSetResizeOplog: 1, minRetentionHours: 1.5}");
        for (var id = 0; id < 40; id++)
        {
            await Run(member, "db", $"{{insert: 'c', documents: [{{_id: {id}}}]}}");
        }

        Trim(member);
        member.Node.Oplog.Size.ShouldBeGreaterThan(4000);
        time.Advance(TimeSpan.FromHours(2));
        await Run(member, "db", "{insert: 'c', documents: [{_id: 100}]}");
        Trim(member);
        member.Node.Oplog.Size.ShouldBeLessThanOrEqualTo(2000);
    }

    [Fact]
    public async Task A_standalone_server_makes_its_indexes_anew()
    {
        var options = new SandboxOptions { IsStandalone = true };
        await using var server = await SandboxCluster.StartAsync(options, TestContext.Current.CancellationToken);
        await using var connection = await ShardedUnderTest.ConnectAsync(server.Ports[0], null);
        await Ask("{insert: 'c', documents: [{_id: 1, a: 1}]}");
        await Ask("{createIndexes: 'c', indexes: [{key: {a: 1}, name: 'a_1', unique: true}]}");

        var reply = await Ask("{reIndex: 'c'}");

        reply["nIndexes"].ToInt64().ShouldBe(2);
        (await Ask("{insert: 'c', documents: [{_id: 2, a: 1}]}"))["writeErrors"].AsDocument.Count().ShouldBe(1);

        async Task<RawDocument> Ask(string command) =>
            await ShardedUnderTest.RunAsync(connection, "db", ShellText.Command(command));
    }

    [Fact]
    public async Task Users_that_a_restore_has_put_aside_are_taken_in_and_replace_those_there_only_where_that_is_said()
    {
        using var member = new TestMember();
        await Run(member, "db", "{createUser: 'old', pwd: 'x', roles: []}");
        await Run(
            member,
            "admin",
            "{insert: 'tempusers', documents: [{_id: 'db.old', user: 'old', db: 'db', credentials: {}, roles: [{role: 'read', db: 'db'}]}, {_id: 'db.new', user: 'new', db: 'db', credentials: {}, roles: []}]}"
        );

        await Run(member, "admin", "{_mergeAuthzCollections: 1, tempUsersCollection: 'admin.tempusers'}");
        (await RolesOfOldAsync()).ShouldBe(0);
        await Run(member, "admin", "{_mergeAuthzCollections: 1, tempUsersCollection: 'admin.tempusers', drop: true}");
        (await RolesOfOldAsync()).ShouldBe(1);
        (await Run(member, "db", "{usersInfo: 1}"))["users"].AsDocument.Count().ShouldBe(2);

        async Task<int> RolesOfOldAsync() =>
            (await Run(member, "db", "{usersInfo: 'old'}"))["users"]
                .AsDocument["0"]
                .AsDocument["roles"]
                .AsDocument.Count();
    }

    private static Task<RawDocument> Apply(TestMember member, params IReadOnlyList<DocumentBuilder> operations) =>
        member.Run(
            "admin",
            new() { { "applyOps", RawValue.Array(operations.Select(operation => (RawValue)operation)) } }
        );

    private static RawDocument Text(string text) => ShellText.Command(text).Build();

    private static void Trim(TestMember member)
    {
        lock (member.Node.WriteLock)
        {
            member.Node.Oplog.Trim();
        }
    }

    private static async Task<RawDocument> Run(TestMember member, string database, string command)
    {
        var reply = await member.Run(database, ShellText.Command(command));
        reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
        return reply;
    }
}

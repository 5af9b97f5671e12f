using Godwit.Bson;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Commands;

/// <summary>User write blocking, the fence of a cutover: what it refuses, what it waits for, what outlives it.</summary>
public sealed class WriteBlockTests
{
    private const int UserWritesBlocked = 371;

    [Fact]
    [Requirement("S27")]
    public async Task A_blocked_server_refuses_writes_of_users_and_still_reads()
    {
        using var member = new TestMember();
        await Run(member, "db", new() { { "insert", "c" }, { "documents", Documents(1) } });

        await Block(member, isOn: true);

        var refused = await member.Run("db", new() { { "insert", "c" }, { "documents", Documents(2) } });
        refused["writeErrors"].AsDocument["0"].AsDocument["code"].AsInt32.ShouldBe(UserWritesBlocked);
        foreach (
            var ddl in new DocumentBuilder[]
            {
                new() { { "create", "n" } },
                new() { { "drop", "c" } },
                new() { { "dropDatabase", 1 } },
                new() { { "collMod", "c" }, { "validator", RawDocument.Empty } },
                new() { { "convertToCapped", "c" }, { "size", 4096 } },
                new() { { "createIndexes", "c" }, { "indexes", new ArrayBuilder { Index() }.Build() } },
            }
        )
        {
            var reply = await member.Run("db", ddl);
            reply["code"].ToInt64().ShouldBe(UserWritesBlocked, ddl.Build().ToString());
        }

        (await Count(member, "db", "c")).ShouldBe(1);
    }

    [Fact]
    public async Task Writes_that_change_nothing_and_writes_to_internal_databases_pass_a_block()
    {
        using var member = new TestMember();
        await Run(member, "db", new() { { "insert", "c" }, { "documents", Documents(1) } });
        await Block(member, isOn: true);

        var nothing = await Run(
            member,
            "db",
            new()
            {
                { "delete", "c" },
                {
                    "deletes",
                    new ArrayBuilder
                    {
                        new DocumentBuilder
                        {
                            {
                                "q",
                                new DocumentBuilder { { "_id", 99 } }
                            },
                            { "limit", 1 },
                        },
                    }.Build()
                },
            }
        );
        nothing.Has("writeErrors").ShouldBeFalse();
        nothing["n"].AsInt32.ShouldBe(0);
        (await Run(member, "admin", new() { { "insert", "own" }, { "documents", Documents(1) } }))["n"]
            .AsInt32.ShouldBe(1);
    }

    [Fact]
    public async Task Lifting_the_block_lets_users_write_again_and_leaves_no_mark()
    {
        using var member = new TestMember();
        await Block(member, isOn: true);
        await Block(member, isOn: true);

        await Block(member, isOn: false);

        (await Run(member, "db", new() { { "insert", "c" }, { "documents", Documents(1) } }))["n"].AsInt32.ShouldBe(1);
        (await Count(member, "config", "user_writes_critical_sections")).ShouldBe(0);
    }

    [Fact]
    public async Task Blocking_waits_for_an_open_transaction_while_others_write()
    {
        using var member = new TestMember();
        await Run(member, "db", new() { { "create", "c" } });
        var session = Guid.NewGuid();
        await Run(
            member,
            "db",
            InTransaction(new() { { "insert", "c" }, { "documents", Documents(1) } }, session, true)
        );

        var blocking = member.Run("admin", Mode(isOn: true), TestContext.Current.CancellationToken);

        (await Run(member, "db", new() { { "insert", "c" }, { "documents", Documents(2) } }))["n"].AsInt32.ShouldBe(1);
        blocking.IsCompleted.ShouldBeFalse();
        await Run(member, "admin", InTransaction(new() { { "commitTransaction", 1 } }, session, false));
        (await blocking)["ok"].ToInt64().ShouldBe(1);
        (await Count(member, "db", "c")).ShouldBe(2);
        var late = await member.Run("db", new() { { "insert", "c" }, { "documents", Documents(3) } });
        late.Has("writeErrors").ShouldBeTrue();
    }

    [Fact]
    public async Task Blocking_that_runs_out_of_time_blocks_nothing()
    {
        using var member = new TestMember();
        await Run(member, "db", new() { { "create", "c" } });
        await Run(
            member,
            "db",
            InTransaction(new() { { "insert", "c" }, { "documents", Documents(1) } }, Guid.NewGuid(), true)
        );

        var reply = await member.Run("admin", Mode(isOn: true).Add("maxTimeMS", 20));

        reply["code"].AsInt32.ShouldBe(50);
        (await Run(member, "db", new() { { "insert", "c" }, { "documents", Documents(2) } }))["n"].AsInt32.ShouldBe(1);
    }

    [Fact]
    public async Task A_block_outlives_a_restart()
    {
        var directory = Directory.CreateTempSubdirectory("godwit-test-").FullName;
        try
        {
            using (var first = new TestMember(directory))
            {
                await Block(first, isOn: true);
            }

            using var second = new TestMember(directory);
            var refused = await second.Run("db", new() { { "create", "c" } });

            refused["code"].AsInt32.ShouldBe(UserWritesBlocked);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static DocumentBuilder Mode(bool isOn) => new() { { "setUserWriteBlockMode", 1 }, { "global", isOn } };

    private static async Task Block(TestMember member, bool isOn) => await Run(member, "admin", Mode(isOn));

    private static async Task<RawDocument> Run(TestMember member, string database, DocumentBuilder command)
    {
        var reply = await member.Run(database, command, TestContext.Current.CancellationToken);
        reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
        return reply;
    }

    private static async Task<int> Count(TestMember member, string database, string collection)
    {
        var reply = await Run(member, database, new() { { "find", collection } });
        return reply["cursor"].AsDocument["firstBatch"].AsDocument.Count();
    }

    private static RawValue Documents(params int[] ids) =>
        RawValue.Array(ids.Select(id => (RawValue)new DocumentBuilder { { "_id", id } }));

    private static RawDocument Index() =>
        new DocumentBuilder
        {
            {
                "key",
                new DocumentBuilder { { "a", 1 } }
            },
            { "name", "a" },
        }.Build();

    private static DocumentBuilder InTransaction(DocumentBuilder command, Guid session, bool starts)
    {
        command
            .Add("lsid", new DocumentBuilder { { "id", RawValue.Uuid(session) } })
            .Add("txnNumber", 1L)
            .Add("autocommit", false);
        return starts ? command.Add("startTransaction", true) : command;
    }
}

using Godwit.Bson;
using Shouldly;
using Xunit;
using static Godwit.Sandbox.Tests.ShellText;

namespace Godwit.Sandbox.Tests.Commands;

/// <summary>Settings of the set are documents: they hold on every member and outlive a restart.</summary>
public sealed class SettingsTests
{
    [Fact]
    public async Task Settings_outlive_a_restart()
    {
        var directory = Directory.CreateTempSubdirectory("godwit-test-").FullName;
        try
        {
            using (var first = new TestMember(directory))
            {
                await Ok(first, "{setFeatureCompatibilityVersion: '7.0', confirm: true}");
                await Ok(first, "{setDefaultRWConcern: 1, defaultWriteConcern: {w: 1}}");
                await Ok(first, "{setClusterParameter: {changeStreams: {expireAfterSeconds: 60}}}");
            }

            using var second = new TestMember(directory);

            (await Ok(second, "{getParameter: 1, featureCompatibilityVersion: 1}"))["featureCompatibilityVersion"]
                .AsDocument["version"]
                .AsString.ShouldBe("7.0");
            (await Ok(second, "{getDefaultRWConcern: 1}"))["defaultWriteConcern"].AsDocument["w"].ToInt64().ShouldBe(1);
            (await Ok(second, "{getClusterParameter: 'changeStreams'}"))["clusterParameters"]
                .AsDocument["0"]
                .AsDocument["expireAfterSeconds"]
                .ToInt64()
                .ShouldBe(60);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("{setDefaultRWConcern: 1}", 2)]
    [InlineData("{setDefaultRWConcern: 1, defaultWriteConcern: {w: 0}}", 2)]
    [InlineData("{setDefaultRWConcern: 1, defaultReadConcern: {level: 'snapshot'}}", 2)]
    [InlineData("{setFeatureCompatibilityVersion: '8.0'}", 7369100)]
    [InlineData("{setFeatureCompatibilityVersion: '4.4', confirm: true}", 4926900)]
    [InlineData("{setParameter: 1, periodicNoopIntervalSecs: 1}", 20)]
    [InlineData("{setClusterParameter: {nothing: {a: 1}}}", 4)]
    [InlineData("{setClusterParameter: {changeStreams: {a: 1}}}", 40415)]
    public async Task Settings_that_make_no_sense_are_refused(string command, int code)
    {
        using var member = new TestMember();

        var reply = await member.Run("admin", Command(command), TestContext.Current.CancellationToken);

        reply["code"].ToInt64().ShouldBe(code, reply.ToString());
    }

    [Fact]
    public async Task Validate_finds_every_document_in_every_index()
    {
        using var member = new TestMember();
        await member.Run("db", Command("{insert: 'c', documents: [{_id: 1, a: [1, 2]}, {_id: 2}]}"));
        await member.Run("db", Command("{createIndexes: 'c', indexes: [{key: {a: 1}, name: 'a'}]}"));

        var reply = await member.Run("db", Command("{validate: 'c'}"), TestContext.Current.CancellationToken);

        reply["valid"].AsBoolean.ShouldBeTrue();
        reply["nrecords"].ToInt64().ShouldBe(2);
        reply["keysPerIndex"].ToString().ShouldBe("{ _id_: 2, a: 3 }");
    }

    [Fact]
    public async Task The_hash_of_a_database_depends_on_its_documents_only()
    {
        using var one = new TestMember();
        using var other = new TestMember();
        await one.Run("db", Command("{insert: 'c', documents: [{_id: 1}, {_id: 2}]}"));
        await other.Run("db", Command("{insert: 'c', documents: [{_id: 2}, {_id: 1}]}"));

        var (first, second) = (await Hash(one), await Hash(other));

        first.ShouldBe(second);
        await other.Run("db", Command("{insert: 'c', documents: [{_id: 3}]}"));
        (await Hash(other)).ShouldNotBe(first);
    }

    [Fact]
    public async Task Drop_waits_for_a_transaction_that_has_only_read()
    {
        using var member = new TestMember();
        await member.Run("db", Command("{create: 'c'}"));
        var session =
            "lsid: {id: {$uuid: '00112233-4455-6677-8899-aabbccddeeff'}}, txnNumber: {$numberLong: '1'}, autocommit: false";
        await member.Run("db", Command($"{{find: 'c', {session}, startTransaction: true}}"));

        var drop = member.Run("db", Command("{drop: 'c'}"), TestContext.Current.CancellationToken);

        drop.IsCompleted.ShouldBeFalse();
        await member.Run("admin", Command($"{{commitTransaction: 1, {session}}}"));
        (await drop)["ok"].ToInt64().ShouldBe(1);
    }

    [Fact]
    public async Task Nobody_inserts_into_the_servers_own_collections()
    {
        using var member = new TestMember();
        foreach (var name in new[] { "system.foo", "system.views", "system.profile" })
        {
            var reply = await member.Run(
                "db",
                Command($"{{insert: '{name}', documents: [{{_id: 1}}]}}"),
                TestContext.Current.CancellationToken
            );
            reply["code"].ToInt64().ShouldBe(73, name);
        }
    }

    private static async Task<string> Hash(TestMember member) =>
        (await member.Run("db", Command("{dbHash: 1}"), TestContext.Current.CancellationToken))["md5"].AsString;

    private static async Task<RawDocument> Ok(TestMember member, string command)
    {
        var reply = await member.Run("admin", Command(command), TestContext.Current.CancellationToken);
        reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
        return reply;
    }
}

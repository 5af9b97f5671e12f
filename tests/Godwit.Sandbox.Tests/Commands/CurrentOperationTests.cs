using Godwit.Bson;
using Shouldly;
using Xunit;
using static Godwit.Sandbox.Tests.ShellText;

namespace Godwit.Sandbox.Tests.Commands;

/// <summary>What a member shows of what it is doing.</summary>
public sealed class CurrentOperationTests
{
    private const string Transaction =
        "lsid: {id: {$uuid: '00112233-4455-6677-8899-aabbccddeeff'}}, txnNumber: {$numberLong: '1'}, autocommit: false";

    [Fact]
    public async Task An_open_transaction_shows_as_an_idle_session_until_it_ends()
    {
        using var member = new TestMember();
        await member.Run(
            "db",
            Command($"{{insert: 'c', documents: [{{_id: 1}}], {Transaction}, startTransaction: true}}")
        );

        (await Kinds(member)).ShouldContain("idleSession");
        await member.Run("admin", Command($"{{abortTransaction: 1, {Transaction}}}"));

        (await Kinds(member)).ShouldNotContain("idleSession");
    }

    [Fact]
    public async Task A_running_index_build_shows_with_what_it_builds_and_can_be_killed()
    {
        using var member = new TestMember();
        await member.Run("db", Command("{insert: 'c', documents: [{_id: 1}]}"));
        await member.Run("admin", Command("{configureFailPoint: 'hangAfterStartingIndexBuild', mode: 'alwaysOn'}"));
        var building = member.Run("db", Command("{createIndexes: 'c', indexes: [{key: {a: 1}, name: 'a'}]}"));

        var reply = await member.Run("admin", Command("{currentOp: 1, msg: {$exists: true}}"));
        var shown = reply["inprog"].AsDocument["0"].AsDocument;

        shown["ns"].AsString.ShouldBe("db.c");
        shown["command"].AsDocument["createIndexes"].AsString.ShouldBe("c");
        await member.Run("admin", new DocumentBuilder { { "killOp", 1 }, { "op", shown["opid"] } });
        (await building)["ok"].ToInt64().ShouldBe(0);
    }

    [Fact]
    public async Task A_running_statement_shows_its_transaction_its_command_cut_and_that_it_is_being_killed()
    {
        using var member = new TestMember();
        var filter = $"{{_id: 1, text: {{$ne: '{new string('x', 2000)}'}}}}";
        await member.Run("db", Command("{insert: 'c', documents: [{_id: 1}]}"));
        await member.Run(
            "admin",
            Command(
                "{configureFailPoint: 'failCommand', mode: 'alwaysOn', data: {failCommands: ['find'], blockConnection: true, blockTimeMS: 60000}}"
            )
        );
        var finding = member.Run(
            "db",
            Command($"{{find: 'c', filter: {filter}, comment: 'long', {Transaction}, startTransaction: true}}")
        );
        var shown = await Shown(member, "{currentOp: 1, op: 'query'}");

        shown["command"].AsDocument["$truncated"].AsString.ShouldStartWith("{");
        shown["command"].AsDocument.Has("filter").ShouldBeFalse();
        shown["command"].AsDocument["comment"].AsString.ShouldBe("long");
        shown.Has("killPending").ShouldBeFalse();
        await member.Run("admin", new DocumentBuilder { { "killOp", 1 }, { "op", shown["opid"] } });

        (await finding)["code"].ToInt64().ShouldBe(11601);
    }

    [Theory]
    [InlineData("{all: true}", 40415)]
    [InlineData("{allUsers: 1}", 14)]
    [InlineData("{idleCursors: 1}", 14)]
    [InlineData("{targetAllNodes: true}", 9)]
    [InlineData("{truncateOps: true, backtrace: false, localOps: false}", 0)]
    public async Task Options_that_are_unknown_or_of_another_type_are_refused(string options, int code)
    {
        using var member = new TestMember();

        var reply = await member.Run(
            "admin",
            Command($"{{aggregate: 1, pipeline: [{{$currentOp: {options}}}], cursor: {{}}}}")
        );

        (reply["code"].ToInt64() ?? 0).ShouldBe(code, reply.ToString());
    }

    private static async Task<RawDocument> Shown(TestMember member, string query)
    {
        RawDocument shown = default;
        await Testing.Condition.UntilAsync(
            async () =>
            {
                var reply = await member.Run("admin", Command(query), TestContext.Current.CancellationToken);
                var all = reply["inprog"].AsDocument.Values().ToList();
                shown = all.Count > 0 ? all[0].AsDocument : default;
                return all.Count > 0;
            },
            () => "it is not shown",
            TimeSpan.FromSeconds(30),
            TestContext.Current.CancellationToken
        );
        return shown;
    }

    private static async Task<List<string>> Kinds(TestMember member)
    {
        var reply = await member.Run("admin", Command("{currentOp: 1}"), TestContext.Current.CancellationToken);
        return [.. reply["inprog"].AsDocument.Values().Select(one => one.AsDocument["type"].AsString)];
    }
}

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

    private static async Task<List<string>> Kinds(TestMember member)
    {
        var reply = await member.Run("admin", Command("{currentOp: 1}"), TestContext.Current.CancellationToken);
        return [.. reply["inprog"].AsDocument.Values().Select(one => one.AsDocument["type"].AsString)];
    }
}

using Shouldly;
using Xunit;
using static Godwit.Sandbox.Tests.ShellText;

namespace Godwit.Sandbox.Tests.Commands;

/// <summary>Failpoints break what they name, as often as they say, and can be waited for.</summary>
public sealed class FailPointTests
{
    [Fact]
    public async Task A_failpoint_fires_as_often_as_it_says()
    {
        using var member = new TestMember();
        await member.Run(
            "admin",
            Command(
                "{configureFailPoint: 'failCommand', mode: {times: 2}, data: {failCommands: ['ping'], errorCode: 91}}"
            )
        );

        var codes = new List<long>();
        for (var i = 0; i < 3; i++)
        {
            var reply = await member.Run("admin", Command("{ping: 1}"), TestContext.Current.CancellationToken);
            codes.Add(reply["code"].ToInt64() ?? 0);
        }

        codes.ShouldBe([91, 91, 0]);
    }

    [Fact]
    public async Task Waiting_for_a_failpoint_ends_when_it_has_fired()
    {
        using var member = new TestMember();
        await member.Run(
            "admin",
            Command(
                "{configureFailPoint: 'failCommand', mode: 'alwaysOn', data: {failCommands: ['ping'], errorCode: 91}}"
            )
        );

        var waiting = member.Run(
            "admin",
            Command("{waitForFailPoint: 'failCommand', timesEntered: 1, maxTimeMS: 60000}")
        );

        waiting.IsCompleted.ShouldBeFalse();
        await member.Run("admin", Command("{ping: 1}"), TestContext.Current.CancellationToken);
        (await waiting)["ok"].ToInt64().ShouldBe(1);
    }

    [Theory]
    [InlineData("listSearchIndexes")]
    [InlineData("createSearchIndexes")]
    public async Task Search_indexes_are_refused_as_on_a_server_without_search(string command)
    {
        using var member = new TestMember();

        var reply = await member.Run("db", Command($"{{{command}: 'c'}}"), TestContext.Current.CancellationToken);

        reply["code"].ToInt64().ShouldBe(31082);
        reply["errmsg"].AsString.ShouldContain("Atlas");
    }
}

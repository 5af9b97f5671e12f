using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Storage;

/// <summary>Versions behind the history window go, at a cost that grows with their number and no faster.</summary>
public sealed class HistoryTests
{
    private const int Updates = 400;

    [Fact]
    public async Task Versions_of_a_document_that_is_written_often_are_removed_once_each()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        using var member = new TestMember(time: time);
        await Run(member, "{insert: 'c', documents: [{_id: 1, n: 0}, {_id: 2, n: 0}]}");
        for (var i = 0; i < Updates; i++)
        {
            await Run(member, "{update: 'c', updates: [{q: {_id: 1}, u: {$inc: {n: 1}}}]}");
        }

        time.Advance(TimeSpan.FromSeconds(2));
        await Run(member, "{delete: 'c', deletes: [{q: {_id: 2}, limit: 1}]}");
        member.Node.HistoryWindow = TimeSpan.Zero;

        member.Node.TrimHistory().ShouldBeInRange(Updates, 3 * Updates);

        member.Node.TrimHistory().ShouldBeLessThan(10, "what is gone is not removed again");
        var reply = await Run(member, "{find: 'c'}");
        var left = reply["cursor"].AsDocument["firstBatch"].AsDocument.Values().ShouldHaveSingleItem();
        left.AsDocument["n"].ToInt64().ShouldBe(Updates);
    }

    private static async Task<Bson.RawDocument> Run(TestMember member, string command)
    {
        var reply = await member.Run("db", ShellText.Command(command));
        reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
        return reply;
    }
}

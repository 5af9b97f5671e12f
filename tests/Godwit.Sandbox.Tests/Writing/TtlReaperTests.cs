using Godwit.Bson;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Writing;

/// <summary>Documents leave when their time is over, and not before.</summary>
public sealed class TtlReaperTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider time = new(Start);
    private readonly TestMember member;

    public TtlReaperTests() => member = new(time: time);

    public void Dispose() => member.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_document_goes_once_its_date_is_that_many_seconds_ago(int direction)
    {
        await Run(
            $"{{createIndexes: 'c', indexes: [{{key: {{at: {direction}}}, name: 'ttl', expireAfterSeconds: 10}}]}}"
        );
        await Run(
            $"{{insert: 'c', documents: [{{_id: 1, at: {Date(0)}}}, {{_id: 2, at: {Date(5)}}}, {{_id: 3, at: 'text'}}, {{_id: 4}}, {{_id: 5, at: [{Date(99)}, {Date(0)}]}}]}}"
        );

        time.Advance(TimeSpan.FromSeconds(9));
        (await Reap()).ShouldBe([1, 2, 3, 4, 5]);
        time.Advance(TimeSpan.FromSeconds(1));
        (await Reap()).ShouldBe([2, 3, 4]);
        time.Advance(TimeSpan.FromSeconds(5));
        (await Reap()).ShouldBe([3, 4]);
    }

    [Fact]
    public async Task A_clustered_collection_that_expires_goes_by_its_ids()
    {
        await Run("{create: 'c', clusteredIndex: {key: {_id: 1}, unique: true}, expireAfterSeconds: 10}");
        await Run(
            $"{{insert: 'c', documents: [{{_id: {Date(0)}, n: 1}}, {{_id: {Date(5)}, n: 2}}, {{_id: 1, n: 3}}]}}"
        );

        time.Advance(TimeSpan.FromSeconds(10));
        new Sandbox.Writing.TtlReaper(member.Member).Run();

        var left = await Run("{find: 'c'}");
        left["cursor"].AsDocument["firstBatch"].AsDocument.Count().ShouldBe(2);
    }

    [Fact]
    public async Task Documents_stay_while_writes_are_blocked()
    {
        await Run("{createIndexes: 'c', indexes: [{key: {at: 1}, name: 'ttl', expireAfterSeconds: 0}]}");
        await Run($"{{insert: 'c', documents: [{{_id: 1, at: {Date(0)}}}]}}");
        await member.Run("admin", ShellText.Command("{setUserWriteBlockMode: 1, global: true}"));

        (await Reap()).ShouldBe([1]);
    }

    private static string Date(int seconds) =>
        $"{{$date: {{$numberLong: '{Start.AddSeconds(seconds).ToUnixTimeMilliseconds()}'}}}}";

    private async Task<List<int>> Reap()
    {
        new Sandbox.Writing.TtlReaper(member.Member).Run();
        var left = await Run("{find: 'c', sort: {_id: 1}}");
        return
        [
            .. left["cursor"].AsDocument["firstBatch"].AsDocument.Values().Select(one => one.AsDocument["_id"].AsInt32),
        ];
    }

    private Task<RawDocument> Run(string command) => member.Run("db", ShellText.Command(command));
}

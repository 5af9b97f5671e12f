using Godwit.Bson;
using Godwit.Sandbox.Replication;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Replication;

/// <summary>Hidden, delayed, arbiter and preferred members, as <c>member_config.cpp</c> and <c>topology_coordinator.cpp</c> have them.</summary>
public sealed class MemberKindTests
{
    private const int NotPrimaryOrSecondary = 13436;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_member_of_higher_priority_takes_over_once_it_has_waited_its_turn()
    {
        await using var set = await StartAsync(
            "{members: [{priority: 1}, {priority: 5}, {priority: 0}], settings: {electionTimeoutMillis: 400}}"
        );
        await set.InsertAsync(await set.PrimaryAsync(), "1", "majority");

        await set.UntilAsync(() => set.StateOf(1) == MemberState.Primary, "the preferred one is not primary");

        await set.UntilAsync(
            () => set.StateOf(0) == MemberState.Secondary && set.StateOf(2) == MemberState.Secondary,
            "the others do not follow"
        );
        await set.InsertAsync(1, "2", "majority");
        var status = await set.RunAsync(1, new() { { "replSetGetStatus", 1 } }, "admin");
        if (status["electionCandidateMetrics"].AsDocument["electionTerm"].ToInt64() > 1)
        {
            status["electionCandidateMetrics"].AsDocument["lastElectionReason"].AsString.ShouldBe("priorityTakeover");
        }

        await set.EveryoneHasAsync("1", "2");
    }

    [Fact]
    public async Task A_member_without_priority_is_never_elected()
    {
        await using var set = await StartAsync(
            "{members: [{}, {priority: 0}, {}], settings: {electionTimeoutMillis: 500}}"
        );
        var first = await set.PrimaryAsync();
        await set.InsertAsync(first, "1", 3);
        (await set.RunAsync(1, new() { { "replSetStepUp", 1 } }, "admin"))["code"].ToInt64().ShouldBe(125);
        (await set.RunAsync(1, new() { { "hello", 1 } }, "admin"))["passive"].AsBoolean.ShouldBeTrue();

        await set.Cluster.KillAsync(first, Cancellation);

        (await set.PrimaryAsync(otherThan: first)).ShouldNotBe(1);
    }

    [Fact]
    public async Task Hidden_members_and_arbiters_are_told_apart_in_hello()
    {
        await using var set = await StartAsync(
            "{members: [{tags: {dc: 'east'}}, {hidden: true, priority: 0}, {arbiterOnly: true}]}"
        );
        var hello = await set.RunAsync(0, new() { { "hello", 1 } }, "admin");
        hello["hosts"].AsDocument.Values().Select(host => host.AsString).ShouldBe([Host(set, 0)]);
        hello["arbiters"].AsDocument.Values().Select(host => host.AsString).ShouldBe([Host(set, 2)]);
        hello.Has("passives").ShouldBeFalse();
        hello["tags"].AsDocument.ShouldBe(ShellText.Document("{dc: 'east'}"));
        (await set.RunAsync(1, new() { { "hello", 1 } }, "admin"))["hidden"].AsBoolean.ShouldBeTrue();
        var arbiter = await set.RunAsync(2, new() { { "hello", 1 } }, "admin");
        arbiter["arbiterOnly"].AsBoolean.ShouldBeTrue();
        arbiter["secondary"].AsBoolean.ShouldBeFalse();
        arbiter.Has("lastWrite").ShouldBeFalse();
    }

    [Fact]
    public async Task An_arbiter_votes_without_data_and_serves_nothing()
    {
        await using var set = await StartAsync("{members: [{}, {}, {arbiterOnly: true}]}");
        var first = await set.PrimaryAsync();
        await set.InsertAsync(first, "1", 2);
        set.StateOf(2).ShouldBe(MemberState.Arbiter);
        var read = ShellText.Command("{find: 'c', $readPreference: {mode: 'secondaryPreferred'}}");
        (await set.RunAsync(2, read))["code"].ToInt64().ShouldBe(NotPrimaryOrSecondary);

        await set.Cluster.KillAsync(first, Cancellation);

        var second = await set.PrimaryAsync(otherThan: first);
        second.ShouldBe(1 - first);
        (await set.IdsAsync(second)).ShouldBe(["1"]);
    }

    [Fact]
    public async Task With_an_arbiter_a_write_without_a_concern_does_not_wait_for_a_majority()
    {
        await using var set = await StartAsync("{members: [{}, {priority: 0}, {arbiterOnly: true}]}");
        await set.Cluster.KillAsync(1, Cancellation);

        var reply = await set.RunAsync(
            0,
            ShellText.Command("{insert: 'c', documents: [{_id: '1'}], maxTimeMS: 20000}")
        );

        reply["n"].ToInt64().ShouldBe(1, reply.ToString());
        var defaults = await set.RunAsync(0, new() { { "getDefaultRWConcern", 1 } }, "admin");
        defaults.Has("defaultWriteConcern").ShouldBeFalse();
    }

    [Fact]
    public async Task A_delayed_member_has_a_write_so_many_seconds_later_and_not_before()
    {
        const int delay = 3;
        await using var set = await StartAsync(
            $"{{members: [{{}}, {{}}, {{priority: 0, hidden: true, secondaryDelaySecs: {delay}}}]}}"
        );
        await set.UntilAsync(async () => (await set.IdsAsync(2)).Length == 0, "the delayed member does not serve");
        var before = TimeProvider.System.GetTimestamp();
        await set.InsertAsync(await set.PrimaryAsync(), "1", "majority");

        (await set.IdsAsync(2)).ShouldBeEmpty();
        await set.UntilAsync(async () => (await set.IdsAsync(2)).Length == 1, "the write does not come");

        // The oplog's time counts whole seconds.
        TimeProvider.System.GetElapsedTime(before).ShouldBeGreaterThan(TimeSpan.FromSeconds(delay - 1));
    }

    [Theory]
    [InlineData("{w: 'everywhere'}", null)]
    [InlineData("{w: {dc: 2}}", null)]
    [InlineData("{w: 'nowhere'}", 79)]
    [InlineData("{w: {dc: 3}}", 100)]
    [InlineData("{w: {rack: 1}}", 4)]
    [InlineData("{w: 4}", 100)]
    public async Task A_write_concern_may_ask_for_tags_or_for_a_mode_made_of_them(string concern, int? code)
    {
        await using var set = await StartAsync(
            "{members: [{tags: {dc: 'east'}}, {tags: {dc: 'west'}}, {tags: {dc: 'west'}}], settings: {getLastErrorModes: {everywhere: {dc: 2}}}}"
        );
        var command = ShellText.Command($"{{insert: 'c', documents: [{{_id: 1}}], writeConcern: {concern}}}");

        var reply = await set.RunAsync(await set.PrimaryAsync(), command);

        reply["n"].ToInt64().ShouldBe(1);
        (
            reply["writeConcernError"] is { Type: BsonType.Document } error ? error.AsDocument["code"].ToInt64() : null
        ).ShouldBe(code);
    }

    private static string Host(ClusterUnderTest set, int member) => $"127.0.0.1:{set.Cluster.Ports[member]}";

    private static Task<ClusterUnderTest> StartAsync(string config) =>
        ClusterUnderTest.StartAsync(new() { FirstConfig = ShellText.Document(config) });
}

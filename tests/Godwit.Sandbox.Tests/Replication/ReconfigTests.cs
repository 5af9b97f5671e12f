using Godwit.Bson;
using Godwit.Sandbox.Replication;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Replication;

/// <summary>
/// Members come and go, as <c>replication_coordinator_impl.cpp</c> and <c>repl_set_config_checks.cpp</c> let them; the text of the
/// missing version is that of recording <c>sessions/diagnostics</c>.
/// </summary>
public sealed class ReconfigTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_added_member_takes_the_data_before_it_has_its_vote()
    {
        await using var set = await ClusterUnderTest.StartAsync(new() { Members = 1, SpareMembers = 1 });
        await set.InsertAsync(0, "1", 1);
        var waiting = await set.RunAsync(1, new() { { "hello", 1 } }, "admin");
        waiting["isreplicaset"].AsBoolean.ShouldBeTrue();
        (await set.RunAsync(1, new() { { "replSetGetStatus", 1 } }, "admin"))["code"].ToInt64().ShouldBe(94);

        (await AddAsync(set, 1))["ok"].ToInt64().ShouldBe(1);

        await set.UntilAsync(() => set.StateOf(1) == MemberState.Secondary, "the member does not come");
        await set.UntilAsync(
            async () => (await ConfigAsync(set, 0))["version"].ToInt64() == 3,
            "the member's vote does not come"
        );
        (await set.InsertAsync(0, "2", 2)).Has("writeConcernError").ShouldBeFalse();
        (await set.IdsAsync(1)).ShouldBe(["1", "2"]);
        var status = await set.RunAsync(0, new() { { "replSetGetStatus", 1 } }, "admin");
        status["votingMembersCount"].ToInt64().ShouldBe(2);
        status["members"].AsDocument.Count().ShouldBe(2);
    }

    [Fact]
    public async Task A_process_that_belongs_to_no_set_yet_hears_of_no_election()
    {
        await using var set = await ClusterUnderTest.StartAsync(new() { Members = 1, SpareMembers = 1 });
        (await set.RunAsync(0, new() { { "replSetStepDown", 1 }, { "force", true } }, "admin"))["ok"]
            .ToInt64()
            .ShouldBe(1);
        await set.UntilAsync(() => set.StateOf(0) == MemberState.Primary, "nobody was elected");
        (await set.InsertAsync(0, "1", 1)).Has("writeConcernError").ShouldBeFalse();
        (await set.RunAsync(1, new() { { "replSetGetStatus", 1 } }, "admin"))["code"].ToInt64().ShouldBe(94);
    }

    [Fact]
    public async Task A_removed_member_knows_it_and_comes_back_when_it_is_added_again()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var primary = await set.PrimaryAsync();
        var removed = (primary + 1) % 3;
        await set.InsertAsync(primary, "1", 3);
        var config = await ConfigAsync(set, primary);
        (await ChangeAsync(set, primary, members => [.. members.Where((_, i) => i != removed)]))["ok"]
            .ToInt64()
            .ShouldBe(1);
        await set.UntilAsync(() => set.StateOf(removed) == MemberState.Removed, "it was not removed");
        (await set.RunAsync(removed, new() { { "replSetGetStatus", 1 } }, "admin"))["code"].ToInt64().ShouldBe(93);
        await set.InsertAsync(primary, "2", 2);

        var again = With(config, "version", 3);
        (await set.RunAsync(primary, new() { { "replSetReconfig", again } }, "admin"))["ok"].ToInt64().ShouldBe(1);

        await set.EveryoneHasAsync("1", "2");
    }

    [Fact]
    public async Task A_set_that_was_not_initiated_is_by_any_of_its_members()
    {
        await using var set = await ClusterUnderTest.StartAsync(new() { IsInitiated = false });
        (await set.RunAsync(0, new() { { "replSetGetConfig", 1 } }, "admin"))["code"].ToInt64().ShouldBe(94);
        (await set.InsertAsync(0, "0", 1))["code"].ToInt64().ShouldBe(10107);
        var members = string.Join(
            ", ",
            Enumerable.Range(0, 3).Select(i => $"{{_id: {i * 10}, host: '{Host(set, i)}'}}")
        );

        var command = ShellText.Command($"{{replSetInitiate: {{_id: 'rs0', members: [{members}]}}}}");
        (await set.RunAsync(2, command, "admin"))["ok"].ToInt64().ShouldBe(1);

        var primary = await set.PrimaryAsync();
        await set.InsertAsync(primary, "1", 3);
        await set.EveryoneHasAsync("1");
        (await set.RunAsync(primary, command, "admin"))["code"].ToInt64().ShouldBe(23);
        var config = await ConfigAsync(set, primary);
        config["settings"].AsDocument["electionTimeoutMillis"].ToInt64().ShouldBe(10_000);
    }

    [Fact]
    public async Task Without_a_majority_a_forced_configuration_makes_a_set_of_the_rest()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var primary = await set.PrimaryAsync();
        await set.InsertAsync(primary, "1", 3);
        var left = (primary + 1) % 3;
        await set.Cluster.KillAsync(primary, Cancellation);
        await set.Cluster.KillAsync((primary + 2) % 3, Cancellation);
        var config = await ConfigAsync(set, left);
        var alone = WithMembers(config, members => [members[left]], 2);
        (await set.RunAsync(left, new() { { "replSetReconfig", alone } }, "admin"))["code"].ToInt64().ShouldBe(10107);

        var forced = new DocumentBuilder { { "replSetReconfig", alone }, { "force", true } };
        (await set.RunAsync(left, forced, "admin"))["ok"].ToInt64().ShouldBe(1);

        (await set.PrimaryAsync()).ShouldBe(left);
        (await set.InsertAsync(left, "2", "majority")).Has("writeConcernError").ShouldBeFalse();
        (await ConfigAsync(set, left))["version"].ToInt64()!.Value.ShouldBeGreaterThan(10_000);
    }

    [Theory]
    [InlineData("{_id: 'x'}", 93, "BSON field 'ReplSetConfig.version' is missing but a required field")]
    [InlineData("{_id: 'rs0', version: 2}", 93, "BSON field 'ReplSetConfig.members' is missing but a required field")]
    [InlineData("{_id: 'rs0', version: 2, members: []}", 103, "contains 0 members")]
    [InlineData("{_id: 'rs0', version: 0, members: []}", 93, "value must be > 0, actual value '0'")]
    [InlineData("{_id: 'rs0', version: 2, x: 1, members: []}", 93, "BSON field 'ReplSetConfig.x' is an unknown field.")]
    [InlineData(
        "{_id: 'rs9', version: 2, members: [A, B, C]}",
        93,
        "new config set name: rs9, old config set name: rs0"
    )]
    [InlineData(
        "{_id: 'rs0', version: 1, members: [A, B, C]}",
        103,
        "must be greater than old, but {version: 1, term: 1}"
    )]
    [InlineData("{_id: 'rs0', version: 2, members: [A]}", 103, "can only add or remove at most 1 voting member.")]
    [InlineData("{_id: 'rs0', version: 2, members: [B, C]}", 74, "maps to this node")]
    [InlineData(
        "{_id: 'rs0', version: 2, members: [A, B, B]}",
        103,
        "same _id field, members.1._id == members.2._id == 1"
    )]
    [InlineData("{_id: 'rs0', version: 2, members: [A, B, {_id: 2, host: 'HB'}]}", 103, "same host field")]
    [InlineData("{_id: 'rs0', version: 2, members: [A, B, {_id: 7, host: 'HC'}]}", 103, "the _id field is 7")]
    [InlineData(
        "{_id: 'rs0', version: 2, members: [A, B, {_id: 2, host: 'HC', arbiterOnly: true}]}",
        103,
        "would change the implicit default write concern"
    )]
    [InlineData(
        "{_id: 'rs0', version: 2, members: [A, B, {_id: 2, host: 'HC', hidden: true}]}",
        93,
        "priority must be 0 when hidden=true"
    )]
    [InlineData(
        "{_id: 'rs0', version: 2, members: [A, B, {_id: 2, host: 'HC', votes: 0}]}",
        93,
        "priority must be 0 when non-voting (votes:0)"
    )]
    [InlineData(
        "{_id: 'rs0', version: 2, members: [A, B, {_id: 2, host: 'HC', secondaryDelaySecs: 5}]}",
        93,
        "priority must be 0 when secondaryDelaySecs is used"
    )]
    [InlineData(
        "{_id: 'rs0', version: 2, members: [A, B, {_id: 2, host: 'HC', votes: 2}]}",
        93,
        "'votes' value must be <= 1"
    )]
    [InlineData(
        "{_id: 'rs0', version: 2, members: [{_id: 0, host: 'HA', priority: 0}, B, C]}",
        104,
        "is not electable"
    )]
    [InlineData(
        "{_id: 'rs0', version: 2, members: [{_id: 0, host: 'HA', priority: 0}, {_id: 1, host: 'HB', priority: 0}, {_id: 2, host: 'HC', priority: 0}]}",
        103,
        "at least one non-arbiter member with priority > 0"
    )]
    [InlineData("5", 0, "no configuration specified")]
    public async Task A_configuration_that_cannot_be_is_refused_as_MongoDB_refuses_it(
        string config,
        int code,
        string text
    )
    {
        await using var set = await ClusterUnderTest.StartAsync();
        if (await set.PrimaryAsync() != 0)
        {
            Assert.Skip("another member than the first was elected");
        }

        foreach (var (name, i) in new[] { ("A", 0), ("B", 1), ("C", 2) })
        {
            config = config
                .Replace($"'H{name}'", $"'{Host(set, i)}'", StringComparison.Ordinal)
                .Replace($"[{name}", $"[{{_id: {i}, host: '{Host(set, i)}'}}", StringComparison.Ordinal)
                .Replace($", {name}", $", {{_id: {i}, host: '{Host(set, i)}'}}", StringComparison.Ordinal);
        }

        var reply = await set.RunAsync(0, ShellText.Command($"{{replSetReconfig: {config}}}"), "admin");

        (reply["code"].ToInt64() ?? 0).ShouldBe(code, reply.ToString());
        reply["errmsg"].AsString.ShouldContain(text);
    }

    [Fact]
    public async Task A_member_that_nobody_reaches_may_be_added_while_a_majority_answers()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var primary = await set.PrimaryAsync();
        var stranger = ShellText.Document("{_id: 9, host: '127.0.0.1:1'}");

        var reply = await ChangeAsync(set, primary, members => [.. members, stranger]);

        reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
        (await set.InsertAsync(primary, "1", "majority")).Has("writeConcernError").ShouldBeFalse();
        var status = await set.RunAsync(primary, new() { { "replSetGetStatus", 1 } }, "admin");
        status["members"]
            .AsDocument.Values()
            .Last()
            .AsDocument["stateStr"]
            .AsString.ShouldBe("(not reachable/healthy)");
    }

    private static Task<RawDocument> AddAsync(ClusterUnderTest set, int member) =>
        ChangeAsync(
            set,
            0,
            members => [.. members, ShellText.Document($"{{_id: {members.Count}, host: '{Host(set, member)}'}}")]
        );

    private static async Task<RawDocument> ChangeAsync(
        ClusterUnderTest set,
        int asked,
        Func<IReadOnlyList<RawDocument>, IReadOnlyList<RawDocument>> change
    )
    {
        var config = await ConfigAsync(set, asked);
        var next = WithMembers(config, change, (int)config["version"].ToInt64()! + 1);
        return await set.RunAsync(asked, new() { { "replSetReconfig", next } }, "admin");
    }

    private static async Task<RawDocument> ConfigAsync(ClusterUnderTest set, int asked) =>
        (await set.RunAsync(asked, new() { { "replSetGetConfig", 1 } }, "admin"))["config"].AsDocument;

    private static RawDocument WithMembers(
        RawDocument config,
        Func<IReadOnlyList<RawDocument>, IReadOnlyList<RawDocument>> change,
        int version
    )
    {
        var members = config["members"].AsDocument.Values().Select(member => member.AsDocument).ToList();
        return With(
            With(config, "members", RawValue.Array(change(members).Select(RawValue.Document))),
            "version",
            version
        );
    }

    private static RawDocument With(RawDocument document, string field, RawValue value)
    {
        var changed = new DocumentBuilder();
        foreach (var element in document)
        {
            changed.Add(element.Name, element.NameIs(field) ? value : element.Value);
        }

        return changed.Build();
    }

    private static string Host(ClusterUnderTest set, int member) => $"127.0.0.1:{set.Cluster.Ports[member]}";
}

using Godwit.Bson;
using Godwit.Sandbox.Auth;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Commands;

/// <summary>
/// The profiler, the log of slow operations, <c>top</c> and the counters of <c>$indexStats</c> and <c>serverStatus</c>, as MongoDB's
/// <c>db/commands/profile_common.cpp</c>, <c>db/curop.cpp</c> and <c>db/stats/top.cpp</c> have them.
/// </summary>
public sealed class ProfilerTests : IDisposable
{
    private readonly TestMember member = new();

    public void Dispose() => member.Dispose();

    [Fact]
    public async Task What_is_profiled_is_set_for_a_database_and_what_is_slow_for_the_server()
    {
        (await Run("{profile: -1}"))["was"].ToInt64().ShouldBe(0);

        (await Run("{profile: 1, slowms: 5, sampleRate: 0.5}"))["slowms"].ToInt64().ShouldBe(100);

        var now = await Run("{profile: -1}");
        now["was"].ToInt64().ShouldBe(1);
        now["slowms"].ToInt64().ShouldBe(5);
        now["sampleRate"].AsDouble.ShouldBe(0.5);
        var other = await member.Run("other", ShellText.Command("{profile: -1}"));
        other["was"].ToInt64().ShouldBe(0);
        other["slowms"].ToInt64().ShouldBe(5);
        (await Run("{profile: 1, sampleRate: 2}"))["code"].ToInt64().ShouldBe(2);
        (await Run("{profile: 'x'}"))["code"].ToInt64().ShouldBe(14);
    }

    [Fact]
    public async Task A_profiled_database_keeps_its_operations_in_a_capped_collection_outside_of_the_oplog()
    {
        await Run("{insert: 'c', documents: [{_id: 1, a: 5}, {_id: 2, a: 6}]}");
        await Run("{profile: 2}");
        await Run("{find: 'c', filter: {a: 5}}");
        await Run("{update: 'c', updates: [{q: {_id: 1}, u: {$set: {b: 1}}}]}");
        await Run("{delete: 'c', deletes: [{q: {_id: 2}, limit: 1}]}");
        await Run("{insert: 'c', documents: [{_id: 1}]}");
        await Run("{find: 'c', filter: {$nope: 1}}");
        await Run("{profile: 0}");
        await Run("{find: 'c'}");

        var entries = await Profile();

        entries.Select(entry => entry["op"].AsString).ShouldBe(["query", "update", "remove", "insert", "query"]);
        var query = entries[0];
        query["ns"].AsString.ShouldBe("db.c");
        query["planSummary"].AsString.ShouldBe("COLLSCAN");
        query["docsExamined"].ToInt64().ShouldBe(2);
        query["nreturned"].ToInt64().ShouldBe(1);
        query["command"].AsDocument["filter"].AsDocument.ShouldBe(ShellText.Document("{a: 5}"));
        entries[1]["nModified"].ToInt64().ShouldBe(1);
        entries[1]["command"].AsDocument["q"].AsDocument.ShouldBe(ShellText.Document("{_id: 1}"));
        entries[2]["ndeleted"].ToInt64().ShouldBe(1);
        entries[4]["errName"].AsString.ShouldBe("BadValue");
        var listed = await Run("{listCollections: 1, filter: {name: 'system.profile'}}");
        var options = listed["cursor"].AsDocument["firstBatch"].AsDocument["0"].AsDocument["options"].AsDocument;
        options["capped"].AsBoolean.ShouldBeTrue();
        options["size"].ToInt64().ShouldBe(1024 * 1024);
        var logged = await member.Run(
            "local",
            ShellText.Command(
                "{count: 'oplog.rs', query: {$or: [{ns: 'db.system.profile'}, {'o.create': 'system.profile'}]}}"
            )
        );
        logged["n"].ToInt64().ShouldBe(0);
    }

    [Fact]
    public async Task A_filter_decides_instead_of_the_level()
    {
        await Run("{profile: 1, filter: {op: 'insert'}}");
        await Run("{insert: 'c', documents: [{_id: 1}]}");
        await Run("{find: 'c'}");
        (await Profile()).Select(entry => entry["op"].AsString).ShouldBe(["insert"]);
        (await Run("{profile: -1}")).Has("note").ShouldBeTrue();

        await Run("{profile: 1, filter: 'unset'}");

        (await Run("{profile: -1}")).Has("filter").ShouldBeFalse();
        (await Run("{profile: 1, filter: 5}"))["code"].ToInt64().ShouldBe(2);
    }

    [Fact]
    public async Task The_profile_cannot_be_dropped_or_written_to_while_it_grows()
    {
        await Run("{profile: 2}");
        await Run("{ping: 1}");
        (await Run("{drop: 'system.profile'}"))["code"].ToInt64().ShouldBe(20);
        (await Run("{insert: 'system.profile', documents: [{}]}"))["ok"].ToInt64().ShouldBe(0);
        await Run("{profile: 0}");

        (await Run("{drop: 'system.profile'}"))["ok"].ToInt64().ShouldBe(1);
    }

    [Fact]
    public async Task Slow_operations_stand_in_the_log()
    {
        await Run("{profile: 0, slowms: 0}");
        await Run("{find: 'c', filter: {a: 'looked for'}}");

        var log = await member.Run("admin", ShellText.Command("{getLog: 'global'}"));

        var lines = log["log"].AsDocument.Values().Select(line => line.AsString).ToList();
        log["totalLinesWritten"].ToInt64().ShouldBe(lines.Count);
        var slow = lines.Single(line => line.Contains("looked for", StringComparison.Ordinal));
        slow.ShouldContain("\"id\":51803");
        slow.ShouldContain("\"msg\":\"Slow query\"");
        slow.ShouldContain("\"durationMillis\"");
        var names = await member.Run("admin", ShellText.Command("{getLog: '*'}"));
        names["names"].AsDocument.Values().Select(name => name.AsString).ShouldBe(["global", "startupWarnings"]);
    }

    [Fact]
    public async Task Top_counts_the_uses_of_each_collection()
    {
        await Run("{insert: 'c', documents: [{_id: 1}]}");
        await Run("{find: 'c'}");
        await Run("{find: 'c'}");
        await Run("{delete: 'c', deletes: [{q: {}, limit: 0}]}");

        var totals = (await member.Run("admin", ShellText.Command("{top: 1}")))["totals"].AsDocument;

        var usage = totals["db.c"].AsDocument;
        Count("queries").ShouldBe(2);
        Count("insert").ShouldBe(1);
        Count("remove").ShouldBe(1);
        Count("writeLock").ShouldBe(2);
        Count("total").ShouldBe(4);

        long? Count(string kind) => usage[kind].AsDocument["count"].ToInt64();
    }

    [Fact]
    public async Task Uses_of_an_index_are_counted()
    {
        await Run("{insert: 'c', documents: [{_id: 1, a: 1}, {_id: 2, a: 2}]}");
        await Run("{createIndexes: 'c', indexes: [{key: {a: 1}, name: 'a'}]}");
        await Run("{find: 'c', filter: {a: 1}}");
        await Run("{count: 'c', query: {a: 2}}");
        await Run("{find: 'c', filter: {_id: 2}}");
        await Run("{find: 'c', filter: {b: 2}}");

        var stats = await Run("{aggregate: 'c', pipeline: [{$indexStats: {}}, {$sort: {name: 1}}], cursor: {}}");

        stats["cursor"]
            .AsDocument["firstBatch"]
            .AsDocument.Values()
            .Select(one => one.AsDocument["accesses"].AsDocument["ops"].ToInt64())
            .ShouldBe([1, 2]);
    }

    [Fact]
    public async Task The_status_counts_what_each_command_did()
    {
        await Run("{find: 'c'}");
        await Run("{find: 'c', filter: {$nope: 1}}");

        var status = await member.Run("admin", ShellText.Command("{serverStatus: 1}"));

        var find = status["metrics"].AsDocument["commands"].AsDocument["find"].AsDocument;
        find["total"].ToInt64().ShouldBe(2);
        find["failed"].ToInt64().ShouldBe(1);
        status["opLatencies"].AsDocument["reads"].AsDocument["ops"].ToInt64().ShouldBe(2);
        status["featureCompatibilityVersion"].AsDocument["major"].ToInt64().ShouldBe(8);
    }

    [Fact]
    public async Task Whoever_may_read_the_profile_may_ask_what_is_profiled_but_not_change_it()
    {
        using var guarded = new TestMember(isAuthRequired: true);
        await guarded.Run("admin", ShellText.Command("{createUser: 'root', pwd: 'p', roles: ['root']}"));
        guarded.User = new AuthenticatedUser("root", "admin");
        await guarded.Run("db", ShellText.Command("{createUser: 'reader', pwd: 'p', roles: ['read']}"));
        guarded.User = new AuthenticatedUser("reader", "db");

        (await guarded.Run("db", ShellText.Command("{profile: -1}")))["ok"].ToInt64().ShouldBe(0);
        guarded.User = new AuthenticatedUser("root", "admin");
        await guarded.Run("db", ShellText.Command("{createUser: 'admin', pwd: 'p', roles: ['dbAdmin']}"));
        guarded.User = new AuthenticatedUser("admin", "db");

        (await guarded.Run("db", ShellText.Command("{profile: 1}")))["ok"].ToInt64().ShouldBe(1);
    }

    private Task<RawDocument> Run(string command) => member.Run("db", ShellText.Command(command));

    private async Task<IReadOnlyList<RawDocument>> Profile()
    {
        var reply = await Run("{find: 'system.profile', filter: {ns: 'db.c'}}");
        return [.. reply["cursor"].AsDocument["firstBatch"].AsDocument.Values().Select(entry => entry.AsDocument)];
    }
}

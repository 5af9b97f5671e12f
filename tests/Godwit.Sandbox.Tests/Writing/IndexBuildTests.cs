using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Writing;

/// <summary>Index builds over documents that exist: in two phases, beside other writes, ended by what makes them pointless.</summary>
public sealed class IndexBuildTests : IDisposable
{
    private const string Build = "{createIndexes: 'c', indexes: [{key: {a: 1}, name: 'a', unique: true}]}";
    private readonly TestMember member = new();

    public void Dispose() => member.Dispose();

    [Fact]
    public async Task A_build_is_a_start_and_a_commit_in_the_oplog()
    {
        await Run("{insert: 'c', documents: [{_id: 1, a: 1}]}");
        await Run(Build);

        Entries().ShouldBe(["startIndexBuild", "commitIndexBuild"]);
    }

    [Fact]
    public async Task A_duplicate_key_ends_the_build_and_nothing_of_it_is_left()
    {
        await Run("{insert: 'c', documents: [{_id: 1, a: 1}, {_id: 2, a: 1}]}");
        var reply = await Run(Build);

        reply["code"].AsInt32.ShouldBe(11000);
        Entries().ShouldBe(["startIndexBuild", "abortIndexBuild"]);
        (await Names()).ShouldBe(["_id_"]);
    }

    [Fact]
    public async Task Documents_written_and_removed_while_an_index_is_built_are_right_in_it()
    {
        await Run("{insert: 'c', documents: [{_id: 1, a: 1}, {_id: 2, a: 2}, {_id: 3, a: 3}]}");
        var build = await HoldBuild();
        await Run("{insert: 'c', documents: [{_id: 4, a: 4}]}");
        await Run("{update: 'c', updates: [{q: {_id: 1}, u: {$set: {a: 10}}}]}");
        await Run("{delete: 'c', deletes: [{q: {_id: 2}, limit: 1}]}");
        await Release(build);

        foreach (var (value, count) in new[] { (1, 0), (2, 0), (3, 1), (4, 1), (10, 1) })
        {
            var found = await Run($"{{find: 'c', filter: {{a: {value}}}, hint: 'a'}}");
            found["cursor"].AsDocument["firstBatch"].AsDocument.Count().ShouldBe(count, $"a: {value}");
        }
    }

    [Fact]
    public async Task A_duplicate_that_comes_and_goes_during_a_unique_build_does_no_harm()
    {
        await Run("{insert: 'c', documents: [{_id: 1, a: 1}]}");
        var build = await HoldBuild();
        (await Run("{insert: 'c', documents: [{_id: 2, a: 1}]}"))["n"].AsInt32.ShouldBe(1);
        await Run("{delete: 'c', deletes: [{q: {_id: 1}, limit: 1}]}");
        (await Release(build))["ok"].AsDouble.ShouldBe(1);

        (await Run("{insert: 'c', documents: [{_id: 3, a: 1}]}")).Has("writeErrors").ShouldBeTrue();
    }

    [Fact]
    public async Task A_build_is_told_apart_from_a_finished_index_only_when_asked_for()
    {
        await Run("{insert: 'c', documents: [{_id: 1, a: 1}]}");
        var build = await HoldBuild();

        (await Names()).ShouldBe(["_id_", "a"]);
        var listed = await Run("{listIndexes: 'c', includeBuildUUIDs: true}");
        listed["cursor"].AsDocument["firstBatch"].AsDocument["1"].AsDocument.Has("buildUUID").ShouldBeTrue();
        await Release(build);
    }

    [Fact]
    public async Task Dropping_the_collection_ends_the_build_first()
    {
        await Run("{insert: 'c', documents: [{_id: 1, a: 1}]}");
        var build = await HoldBuild();
        await Run("{drop: 'c'}");

        (await Release(build))["code"].AsInt32.ShouldBe(276);
        Entries().ShouldBe(["startIndexBuild", "abortIndexBuild", "drop"]);
    }

    [Fact]
    public async Task A_collection_is_not_changed_under_a_build()
    {
        await Run("{insert: 'c', documents: [{_id: 1, a: 1}]}");
        var build = await HoldBuild();

        (await Run("{collMod: 'c', validator: {}}"))["code"].AsInt32.ShouldBe(12587);
        await Release(build);
    }

    [Fact]
    public async Task A_build_left_behind_by_a_process_is_taken_up_again()
    {
        var directory = Directory.CreateTempSubdirectory("godwit-test-").FullName;
        using (var first = new TestMember(directory))
        {
            await first.Run("db", ShellText.Command("{insert: 'c', documents: [{_id: 1, a: 1}]}"));
            lock (first.Node.WriteLock)
            {
                var collection = first.Node.Catalog.Latest.Find(new Namespace("db", "c"))!;
                _ = Sandbox.Writing.IndexBuild.Start(
                    first.Node,
                    collection,
                    [ShellText.Document("{v: 2, key: {a: 1}, name: 'a'}")]
                );
            }
        }

        using var second = new TestMember(directory);
        await second.Node.Builds.ResumeAsync(second.Member.FailPoints, TestContext.Current.CancellationToken);

        var found = await second.Run("db", ShellText.Command("{find: 'c', filter: {a: 1}, hint: 'a'}"));
        found["cursor"].AsDocument["firstBatch"].AsDocument.Count().ShouldBe(1);
        second.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private async Task<Task<RawDocument>> HoldBuild()
    {
        await Admin("{configureFailPoint: 'hangAfterStartingIndexBuild', mode: 'alwaysOn'}");
        var build = Run(Build);
        await member.Member.FailPoints.Changed.WaitAsync(
            () => member.Member.FailPoints.TimesEntered("hangAfterStartingIndexBuild") > 0,
            TestContext.Current.CancellationToken
        );
        return build;
    }

    private async Task<RawDocument> Release(Task<RawDocument> build)
    {
        await Admin("{configureFailPoint: 'hangAfterStartingIndexBuild', mode: 'off'}");
        return await build;
    }

    private IEnumerable<string> Entries() =>
        member
            .Node.Oplog.ReadAfter(ClusterTime.Zero)
            .Where(entry => entry["op"].AsString == "c" && entry["ns"].AsString != "config.$cmd")
            .Select(entry => entry["o"].AsDocument.First().Name)
            .Where(name => name is not ("create" or "applyOps"));

    private async Task<List<string>> Names()
    {
        var listed = await Run("{listIndexes: 'c'}");
        return
        [
            .. listed["cursor"]
                .AsDocument["firstBatch"]
                .AsDocument.Values()
                .Select(one => one.AsDocument["name"].AsString),
        ];
    }

    private Task<RawDocument> Admin(string command) => member.Run("admin", ShellText.Command(command));

    private Task<RawDocument> Run(string command) => member.Run("db", ShellText.Command(command));
}

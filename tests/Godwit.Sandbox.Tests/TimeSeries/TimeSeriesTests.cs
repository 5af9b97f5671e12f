using Godwit.Bson;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.TimeSeries;

/// <summary>Time-series collections: measurements written under one name live in bucket documents under another (S31).</summary>
public sealed class TimeSeriesTests : IDisposable
{
    private readonly TestMember member = new();

    public void Dispose() => member.Dispose();

    [Fact]
    public async Task Measurements_of_one_source_share_a_bucket_and_are_read_one_by_one()
    {
        await Create();
        await Run(
            "{insert: 'ts', documents: [{t: {$date: {$numberLong: '1000'}}, m: 'a', v: 1}, {t: {$date: {$numberLong: '2000'}}, m: 'b', v: 2}, {t: {$date: {$numberLong: '3000'}}, m: 'a', v: 3}]}"
        );

        var buckets = await Find("{find: 'system.buckets.ts'}");
        buckets.Select(bucket => bucket["control"].AsDocument["count"].AsInt32).Order().ShouldBe([1, 2]);
        (await Find("{find: 'ts', filter: {m: 'a'}}")).ShouldBe([
            ShellText.Document("{t: {$date: {$numberLong: '1000'}}, m: 'a', v: 1}"),
            ShellText.Document("{t: {$date: {$numberLong: '3000'}}, m: 'a', v: 3}"),
        ]);
    }

    [Fact]
    public async Task A_bucket_that_grows_is_logged_as_the_ends_of_its_columns_and_stored_as_its_entry_says()
    {
        await Create();
        await Run("{insert: 'ts', documents: [{t: {$date: {$numberLong: '1000'}}, m: 'a', v: 1}]}");
        var before = (await Find("{find: 'system.buckets.ts'}")).ShouldHaveSingleItem();
        await Run("{insert: 'ts', documents: [{t: {$date: {$numberLong: '2000'}}, m: 'a', v: 2, w: 'new'}]}");

        var entry = member.Node.Oplog.ReadAfter(ClusterTime.Zero).Last(one => one["op"].AsString == "u");
        var diff = entry["o"].AsDocument["diff"].AsDocument;
        diff["sdata"].AsDocument.Select(section => section.Name).ShouldBe(["i", "b"]);
        var after = (await Find("{find: 'system.buckets.ts'}")).ShouldHaveSingleItem();
        DiffApplier.Apply(before, diff).ShouldBe(after);
        after["control"].AsDocument["max"].AsDocument["v"].AsInt32.ShouldBe(2);
    }

    [Theory]
    [InlineData("{t: {$date: {$numberLong: '1000'}}, m: 'a', v: 'text'}", "a field of another kind")]
    [InlineData("{t: {$date: {$numberLong: '4000000'}}, m: 'a', v: 2}", "a time beyond the bucket's span")]
    [InlineData("{t: {$date: {$numberLong: '-1'}}, m: 'a', v: 2}", "a time before the bucket")]
    public async Task What_does_not_fit_the_open_bucket_opens_another(string measurement, string why)
    {
        await Create();
        await Run("{insert: 'ts', documents: [{t: {$date: {$numberLong: '1000'}}, m: 'a', v: 1}]}");
        await Run($"{{insert: 'ts', documents: [{measurement}]}}");

        (await Find("{find: 'system.buckets.ts'}")).Count.ShouldBe(2, why);
        (await Find("{find: 'ts'}")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_document_without_a_time_is_refused()
    {
        await Create();
        var reply = await Run("{insert: 'ts', documents: [{m: 1}]}");

        reply["writeErrors"].AsDocument["0"].AsDocument["code"].AsInt32.ShouldBe(2);
    }

    [Fact]
    public async Task Measurements_are_deleted_out_of_their_bucket_which_goes_with_the_last()
    {
        await Create();
        await Run(
            "{insert: 'ts', documents: [{t: {$date: {$numberLong: '1000'}}, m: 'a', v: 1}, {t: {$date: {$numberLong: '2000'}}, m: 'a', v: 2}]}"
        );

        (await Run("{delete: 'ts', deletes: [{q: {v: 1}, limit: 0}]}"))["n"].AsInt32.ShouldBe(1);
        (await Find("{find: 'ts'}")).ShouldHaveSingleItem()["v"].AsInt32.ShouldBe(2);
        (await Run("{delete: 'ts', deletes: [{q: {m: 'a'}, limit: 0}]}"))["n"].AsInt32.ShouldBe(1);
        (await Find("{find: 'system.buckets.ts'}")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_the_source_of_measurements_can_be_changed()
    {
        await Create();
        await Run(
            "{insert: 'ts', documents: [{t: {$date: {$numberLong: '1000'}}, m: 'a', v: 1}, {t: {$date: {$numberLong: '2000'}}, m: 'a', v: 2}]}"
        );

        var changed = await Run("{update: 'ts', updates: [{q: {m: 'a'}, u: {$set: {m: 'z'}}, multi: true}]}");
        changed["nModified"].AsInt32.ShouldBe(2);
        foreach (
            var refused in (string[])
                [
                    "{q: {m: 'z'}, u: {$set: {m: 'y'}}}",
                    "{q: {v: 1}, u: {$set: {m: 'y'}}, multi: true}",
                    "{q: {m: 'z'}, u: {$set: {v: 5}}, multi: true}",
                ]
        )
        {
            var reply = await Run($"{{update: 'ts', updates: [{refused}]}}");
            reply["writeErrors"].AsDocument["0"].AsDocument["code"].AsInt32.ShouldBe(72, refused);
        }

        (await Find("{find: 'ts', filter: {m: 'z'}}")).Count.ShouldBe(2);
    }

    [Fact]
    [Requirement("S31")]
    public async Task Buckets_copied_as_documents_give_the_same_measurements()
    {
        await Create();
        await Run("{create: 'copy', timeseries: {timeField: 't', metaField: 'm'}}");
        await Run(
            "{insert: 'ts', documents: [{t: {$date: {$numberLong: '1000'}}, m: 'a', v: 1.5}, {t: {$date: {$numberLong: '2000'}}, m: 'a', x: {y: [1]}}]}"
        );

        var buckets = await Find("{find: 'system.buckets.ts'}");
        var insert = new DocumentBuilder { { "insert", "system.buckets.copy" } };
        insert.Add("documents", RawValue.Array(buckets.Select(RawValue.Document)));
        (await member.Run("db", insert))["n"].AsInt32.ShouldBe(buckets.Count);

        (await Find("{find: 'copy'}")).ShouldBe(await Find("{find: 'ts'}"));
    }

    [Fact]
    public async Task Indexes_on_measurements_are_indexes_on_the_bounds_of_buckets()
    {
        await Create();
        await Run("{createIndexes: 'ts', indexes: [{key: {m: 1, t: -1}, name: 'mt'}]}");

        var stored = await Find("{listIndexes: 'system.buckets.ts'}");
        stored[1]["key"].AsDocument.ShouldBe(ShellText.Document("{meta: 1, control.max.t: -1, control.min.t: -1}"));
        var shown = await Find("{listIndexes: 'ts'}");
        shown
            .Select(index => index["key"].AsDocument)
            .ShouldBe([ShellText.Document("{m: 1, t: 1}"), ShellText.Document("{m: 1, t: -1}")]);
    }

    [Fact]
    public async Task Buckets_may_come_to_span_more_but_not_less()
    {
        await Create();

        (await Run("{collMod: 'ts', timeseries: {granularity: 'hours'}}"))["ok"].AsDouble.ShouldBe(1);
        (await Run("{collMod: 'ts', timeseries: {granularity: 'minutes'}}"))["code"].AsInt32.ShouldBe(72);
        var listed = (await Find("{listCollections: 1, filter: {name: 'ts'}}")).ShouldHaveSingleItem();
        listed["type"].AsString.ShouldBe("timeseries");
        listed["options"].AsDocument["timeseries"].AsDocument["bucketMaxSpanSeconds"].AsInt32.ShouldBe(2592000);
    }

    [Fact]
    public async Task Buckets_cannot_be_made_without_the_collection_they_belong_to()
    {
        var reply = await Run("{insert: 'system.buckets.none', documents: [{_id: 1}]}");

        reply["writeErrors"].AsDocument["0"].AsDocument["code"].AsInt32.ShouldBe(20);
    }

    private Task<RawDocument> Create() => Run("{create: 'ts', timeseries: {timeField: 't', metaField: 'm'}}");

    private Task<RawDocument> Run(string command) => member.Run("db", ShellText.Command(command));

    private async Task<List<RawDocument>> Find(string command) =>
        [.. (await Run(command))["cursor"].AsDocument["firstBatch"].AsDocument.Values().Select(one => one.AsDocument)];
}

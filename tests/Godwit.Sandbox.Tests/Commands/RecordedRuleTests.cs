using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Commands;

/// <summary>Rules behind single steps of the recordings of a real server.</summary>
public sealed class RecordedRuleTests : IDisposable
{
    private readonly TestMember member = new();

    public void Dispose() => member.Dispose();

    /// <summary><c>sessions/random_7</c>, step 41.</summary>
    [Fact]
    public async Task A_document_that_cannot_be_merged_keeps_all_of_its_batch_from_being_written()
    {
        await Run("db", "{insert: 'from', documents: [{_id: 1}, {_id: null}]}");

        var reply = await Run("db", "{aggregate: 'from', pipeline: [{$merge: 'to'}], cursor: {}}");

        reply["code"].ToInt64().ShouldBe(51132);
        (await Run("db", "{count: 'to'}"))["n"].ToInt64().ShouldBe(0);
    }

    /// <summary><c>sessions/random_7</c>, step 48.</summary>
    [Fact]
    public async Task A_clustered_collection_stays_clustered_when_it_is_capped()
    {
        await Run("db", "{create: 'c', clusteredIndex: {key: {_id: 1}, unique: true}}");
        await Run("db", "{insert: 'c', documents: [{_id: 2}, {_id: 1}]}");

        (await Run("db", "{convertToCapped: 'c', size: 16384}"))["ok"].ToInt64().ShouldBe(1);

        var listed = await Run("db", "{listCollections: 1, filter: {name: 'c'}}");
        var options = listed["cursor"].AsDocument["firstBatch"].AsDocument["0"].AsDocument["options"].AsDocument;
        options["capped"].AsBoolean.ShouldBeTrue();
        options.Has("clusteredIndex").ShouldBeTrue();
    }

    /// <summary><c>sessions/snapshot_reads</c>, step 70, and <c>sessions/handshake</c>, step 52.</summary>
    [Fact]
    public async Task The_version_document_stands_in_a_plain_set_without_an_entry_in_the_oplog()
    {
        var versions = await Run("admin", "{find: 'system.version'}");

        versions["cursor"]
            .AsDocument["firstBatch"]
            .AsDocument["0"]
            .AsDocument.ShouldBe(ShellText.Document("{_id: 'featureCompatibilityVersion', version: '8.0'}"));
        (await Run("local", "{count: 'oplog.rs', query: {'o.create': 'system.version'}}"))["n"].ToInt64().ShouldBe(0);
        (await Run("admin", "{dbHash: 1}"))["collections"].AsDocument.Has("system.version").ShouldBeTrue();
    }

    /// <summary><c>sessions/transactions</c>, step 45.</summary>
    [Fact]
    public async Task A_transaction_makes_indexes_only_of_collections_it_has_made()
    {
        await Run("db", "{create: 'c'}");
        const string session = "lsid: {id: {$uuid: '00000000-0000-4000-8000-000000000001'}}, autocommit: false";

        var reply = await Run(
            "db",
            $"{{createIndexes: 'c', indexes: [{{key: {{a: 1}}, name: 'a'}}], {session}, txnNumber: {{$numberLong: '1'}}, startTransaction: true}}"
        );

        reply["code"].ToInt64().ShouldBe(263);
        reply["errmsg"].AsString.ShouldContain("existing collection db.c");
        var made = await Run(
            "db",
            $"{{createIndexes: 'd', indexes: [{{key: {{a: 1}}, name: 'a'}}], {session}, txnNumber: {{$numberLong: '2'}}, startTransaction: true}}"
        );
        made["ok"].ToInt64().ShouldBe(1, made.ToString());
    }

    /// <summary><c>sessions/handshake</c>, step 17; what may be set at runtime is in the server's IDL files.</summary>
    [Theory]
    [InlineData("{setParameter: 1, transactionLifetimeLimitSeconds: 5}", 0)]
    [InlineData("{setParameter: 1, transactionLifetimeLimitSeconds: 0}", 2)]
    [InlineData("{setParameter: 1, internalQueryExecYieldIterations: 7}", 0)]
    [InlineData("{setParameter: 1, internalQueryExecYieldIterations: 'x'}", 2)]
    [InlineData("{setParameter: 1, localLogicalSessionTimeoutMinutes: 5}", 20)]
    [InlineData("{setParameter: 1, noSuchParameter: 5}", 72)]
    public async Task A_parameter_is_set_where_the_server_lets_it_be_set(string command, int code) =>
        ((await Run("admin", command))["code"].ToInt64() ?? 0).ShouldBe(code);

    [Fact]
    public async Task Open_transactions_end_when_their_lifetime_is_over()
    {
        await Run("admin", "{setParameter: 1, transactionLifetimeLimitSeconds: 7}");

        member.Node.Transactions.Lifetime.ShouldBe(TimeSpan.FromSeconds(7));
        var shown = await Run("admin", "{getParameter: 1, transactionLifetimeLimitSeconds: 1}");
        shown["transactionLifetimeLimitSeconds"].ToInt64().ShouldBe(7);
    }

    /// <summary><c>sessions/timeseries</c>, step 23, and <c>sessions/timeseries_copy</c>, step 33.</summary>
    [Fact]
    public async Task A_time_series_collection_is_measured_and_validated_by_its_buckets()
    {
        await Run("db", "{create: 'ts', timeseries: {timeField: 't', metaField: 'm'}}");
        var documents = string.Join(
            ", ",
            new[] { (0, "'a'"), (1, "'a'"), (2, "'b'"), (7200, "'a'") }.Select(one =>
                $"{{t: {{$date: {{$numberLong: '{1_582_979_415_123 + (one.Item1 * 1000L)}'}}}}, m: {one.Item2}}}"
            )
        );
        await Run("db", $"{{insert: 'ts', documents: [{documents}]}}");

        var stats = await Run("db", "{collStats: 'ts'}");

        stats["ns"].AsString.ShouldBe("db.ts");
        stats.Has("count").ShouldBeFalse();
        var series = stats["timeseries"].AsDocument;
        series["bucketCount"].ToInt64().ShouldBe(3);
        series["numBucketsClosedDueToTimeForward"].ToInt64().ShouldBe(1);
        series["numMeasurementsCommitted"].ToInt64().ShouldBe(4);
        var valid = await Run("db", "{validate: 'ts'}");
        valid["ns"].AsString.ShouldBe("db.system.buckets.ts");
        valid["nrecords"].ToInt64().ShouldBe(3);
    }

    private Task<RawDocument> Run(string database, string command) => member.Run(database, ShellText.Command(command));
}

using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>Every bad input of the command line is told apart, with what to do, before anything is written.</summary>
public sealed class CommandLineTests
{
    private const int Usage = 2;
    private const int Refused = 4;
    private const int Stopped = 5;
    private const string Nowhere = "mongodb://127.0.0.1:1/?replicaSet=rs0&serverSelectionTimeoutMS=2000";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--source", "migrate", "--destination", Nowhere)]
    [InlineData("--destination", "migrate", "--source", Nowhere)]
    [InlineData("--source", "verify", "--destination", Nowhere)]
    [InlineData("--destination", "cutover")]
    [InlineData("sideways", "migrate", "--source", Nowhere, "--destination", Nowhere, "--cutover", "sideways")]
    [InlineData("loud", "migrate", "--source", Nowhere, "--destination", Nowhere, "--progress", "loud")]
    [InlineData("--sauce", "migrate", "--sauce", Nowhere)]
    [InlineData("fly", "fly")]
    [InlineData(
        "--pause and --cancel",
        "migrate",
        "--source",
        Nowhere,
        "--destination",
        Nowhere,
        "--pause",
        "--cancel"
    )]
    public async Task A_command_line_that_cannot_be_understood_names_what_is_wrong(
        string named,
        params string[] arguments
    )
    {
        var (code, output) = await RunAsync(arguments);
        code.ShouldBe(Usage, output);
        output.ShouldContain(named);
    }

    [Theory]
    [InlineData("mongodb://")]
    [InlineData("http://127.0.0.1/")]
    [InlineData("mongodb://user:sec%ret@127.0.0.1/")]
    [InlineData("127.0.0.1:27017")]
    [Requirement("C13")]
    public async Task A_malformed_connection_string_is_named_with_how_to_write_one(string malformed)
    {
        var (code, output) = await MigrateAsync(malformed, Nowhere);
        code.ShouldBe(Refused, output);
        output.ShouldContain("The source's connection string cannot be read");
        output.ShouldContain("mongodb://user:password@host:port/?replicaSet=name");
        output.ShouldNotContain("sec%ret");
    }

    [Fact]
    [Requirement("C13")]
    public async Task Servers_that_do_not_answer_are_named_both_at_once()
    {
        var (code, output) = await MigrateAsync(Nowhere, Nowhere);
        code.ShouldBe(Refused, output);
        output.ShouldContain("The source does not answer (mongodb://127.0.0.1:1/");
        output.ShouldContain("The destination does not answer (mongodb://127.0.0.1:1/");
    }

    [Fact]
    [Requirement("C07")]
    [Requirement("C04")]
    public async Task A_wrong_password_is_named_and_never_printed()
    {
        await using var source = await TestCluster.StartSandboxAsync(
            "a replica set with users",
            [.. Rig.OneMember, "--auth", "admin:right"]
        );
        var wrong = $"mongodb://admin:wr0ngsecret@{Hosts(source)}/?replicaSet=rs0&authSource=admin";
        var (code, output) = await MigrateAsync(wrong, Nowhere);
        code.ShouldBe(Refused, output);
        output.ShouldContain("The source refused the user or password");
        output.ShouldContain("Check user, password and authSource");
        output.ShouldNotContain("wr0ngsecret");
    }

    [Fact]
    [Requirement("C02")]
    public async Task A_standalone_source_is_refused_with_how_to_convert_it()
    {
        await using var source = await TestCluster.StartSandboxAsync("a standalone server", "--standalone");
        await using var destination = await TestCluster.OpenAsync("GODWIT_TEST_DESTINATION", Rig.OneMember);
        var (code, output) = await MigrateAsync(source.ConnectionString, destination.ConnectionString);
        code.ShouldBe(Refused, output);
        output.ShouldContain("standalone");
        output.ShouldContain("replica set");
        output.ShouldContain("rs.initiate()");
    }

    [Fact]
    [Requirement("C01")]
    public async Task An_older_destination_is_refused_with_the_reason()
    {
        await using var destination = await TestCluster.StartSandboxAsync(
            "a cluster of an older version",
            [.. Rig.OneMember, "--mongo-version", "7.0"]
        );
        await using var source = await TestCluster.OpenAsync("GODWIT_TEST_SOURCE", Rig.OneMember);
        var (code, output) = await MigrateAsync(source.ConnectionString, destination.ConnectionString);
        code.ShouldBe(Refused, output);
        output.ShouldContain("older");
    }

    [Fact]
    [Requirement("C05")]
    public async Task The_same_cluster_twice_is_refused_however_it_is_addressed()
    {
        await using var cluster = await TestCluster.OpenAsync("GODWIT_TEST_SOURCE", Rig.OneMember);
        var other = cluster.ConnectionString.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        var (code, output) = await MigrateAsync(cluster.ConnectionString, other);
        code.ShouldBe(Refused, output);
        output.ShouldContain("Source and destination are the same deployment");
    }

    [Fact]
    [Requirement("B08")]
    [Requirement("C09")]
    public async Task A_destination_that_is_not_empty_is_refused_unless_its_collections_may_stay()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await InsertAsync(rig.Source, "work", "mine");
        await InsertAsync(rig.Destination, "other", "theirs");
        var (code, output) = await MigrateAsync(rig.Source.ConnectionString, rig.Destination.ConnectionString);
        code.ShouldBe(Refused, output);
        output.ShouldContain("The destination is not empty: it holds other.theirs");
        output.ShouldContain("--ignore-existing");

        await InsertAsync(rig.Destination, "work", "mine");
        (code, output) = await MigrateAsync(
            rig.Source.ConnectionString,
            rig.Destination.ConnectionString,
            "--ignore-existing"
        );
        code.ShouldBe(Refused, output);
        output.ShouldContain("Both sides have work.mine");

        await rig.Destination.Client.DropDatabaseAsync("work", Cancellation);
        (code, output) = await MigrateAsync(
            rig.Source.ConnectionString,
            rig.Destination.ConnectionString,
            "--ignore-existing",
            "--cutover",
            "auto"
        );
        code.ShouldBe(0, output);
        (await CountAsync(rig.Destination, "work", "mine")).ShouldBe(1);
        (await CountAsync(rig.Destination, "other", "theirs")).ShouldBe(1);
    }

    [Fact]
    [Requirement("C05")]
    public async Task A_second_migration_to_one_destination_is_refused_and_the_first_is_named()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await InsertAsync(rig.Source, "work", "mine");
        await using var migration = rig.Migrate();
        migration.Start();
        await migration.ReachAsync("inSync");
        await using var second = await TestCluster.StartAnotherAsync(Rig.OneMember);
        var (code, output) = await MigrateAsync(second.ConnectionString, rig.Destination.ConnectionString);
        code.ShouldBe(Refused, output);
        output.ShouldContain("from another source (");
        output.ShouldContain("is recorded on the destination");
        output.ShouldContain("Finish or cancel that migration first");
        var (named, words) = await MigrateAsync(
            second.ConnectionString,
            rig.Destination.ConnectionString,
            "--name",
            "second",
            "--include-namespaces",
            """[{"database": "other"}]"""
        );
        named.ShouldBe(Refused, words);
        words.ShouldContain("takes it for itself");
        await migration.CutOverAsync();
    }

    [Fact]
    public async Task A_wish_told_to_a_destination_without_a_migration_is_refused()
    {
        await using var destination = await TestCluster.OpenAsync("GODWIT_TEST_DESTINATION", Rig.OneMember);
        foreach (var wish in new[] { "--pause", "--cancel" })
        {
            var (code, output) = await MigrateAsync(Nowhere, destination.ConnectionString, wish);
            code.ShouldBe(Stopped, output);
            output.ShouldContain("no migration is recorded on this destination");
        }

        var (cutover, words) = await RunAsync("cutover", "--destination", destination.ConnectionString);
        cutover.ShouldBe(Stopped, words);
        words.ShouldContain("no migration is recorded on this destination");
    }

    private static string Hosts(TestCluster cluster) =>
        string.Join(',', MongoUrl.Create(cluster.ConnectionString).Servers.Select(one => $"{one.Host}:{one.Port}"));

    private static Task InsertAsync(TestCluster cluster, string database, string collection) =>
        cluster
            .Client.GetDatabase(database)
            .GetCollection<BsonDocument>(collection)
            .InsertOneAsync(new BsonDocument("_id", 1), null, Cancellation);

    private static Task<long> CountAsync(TestCluster cluster, string database, string collection) =>
        cluster
            .Client.GetDatabase(database)
            .GetCollection<BsonDocument>(collection)
            .CountDocumentsAsync(new BsonDocument(), null, Cancellation);

    private static Task<(int Code, string Output)> MigrateAsync(
        string source,
        string destination,
        params string[] options
    ) => RunAsync(["migrate", "--source", source, "--destination", destination, .. options]);

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var (code, program) = await GodwitProgram.RunAsync(Rig.Patience, Cancellation, arguments);
        await using (program)
        {
            return (code, program.Output + '\n' + program.Errors);
        }
    }
}

using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>The guide by command line: from the sign-in link to the report.</summary>
[Requirement("F02")]
public sealed class GuideByCommandLineTests
{
    private const string Secret = "s3cret-Word";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_migration_is_linked_validated_created_watched_cut_over_and_reported() => RunAsync(null, null, []);

    [Fact]
    [Trait("Set", "Long")]
    [Requirement("B05")]
    public async Task The_same_from_a_replica_set_to_a_sharded_cluster_with_what_is_sharded_named_in_a_file()
    {
        var file = Path.GetTempFileName();
        try
        {
            const string sharding = """
                {"createSupportingIndexes": true,
                 "shardingEntries": [{"database": "shop", "collection": "orders", "shardCollection": {"key": [{"_id": "hashed"}]}}]}
                """;
            await File.WriteAllTextAsync(file, sharding, Cancellation);
            await RunAsync(null, 2, ["--sharding", file]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [Trait("Set", "Long")]
    [Requirement("C02")]
    [InlineData(2, 3)]
    [InlineData(2, null)]
    public Task The_same_from_a_sharded_cluster(int shardsHere, int? shardsThere) =>
        RunAsync(shardsHere, shardsThere, []);

    /// <summary>The whole guide between clusters of these shapes: shards, or <see langword="null"/> for a replica set.</summary>
    private static async Task RunAsync(int? shardsHere, int? shardsThere, string[] more)
    {
        await using var hub = await HubProcess.StartAsync();
        await using var source = await StartAsync(shardsHere);
        await using var destination = await StartAsync(shardsThere);
        await using var agent = new AgentProcess();
        using var user = new CommandLineUser();
        await source
            .Client.GetDatabase("shop")
            .GetCollection<BsonDocument>("orders")
            .InsertOneAsync(new BsonDocument("_id", 1), null, Cancellation);

        if (shardsHere is not null)
        {
            var shard = new BsonDocument
            {
                { "shardCollection", "shop.orders" },
                { "key", new BsonDocument("_id", 1) },
            };
            await source.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(shard, null, Cancellation);
        }

        await source
            .Client.GetDatabase("logs")
            .GetCollection<BsonDocument>("lines")
            .InsertOneAsync(new BsonDocument("_id", 1), null, Cancellation);

        var authority = Path.Combine(hub.Folder, "authority.pem");
        var login = await user.SayAsync("auth", "login", await hub.SignInLinkAsync(), "--authority", authority);
        var project = login.Trim()[^24..];
        var token = (string)(await user.AskAsync("liveMigrations", "link", "create"))["linkToken"]!;
        var (code, _, errors) = await user.RunAsync("liveMigrations", "link", "create");
        code.ShouldBe(4);
        errors.ShouldContain("LINK_TOKEN_ALREADY_EXISTS");

        await agent.LinkAsync(token, "vm1");
        await agent.AddClusterAsync("shop", source.ConnectionString);
        await agent.StartAsync();
        await user.SayAsync("clusters", "register", "shop-cloud", "--connectionString", destination.ConnectionString);
        var sourceProject = "";
        await Condition.UntilAsync(
            async () =>
            {
                var available = await user.AskAsync("liveMigrations", "availableProjects");
                sourceProject = (string)available[0]!["projectId"]!;
                return available[0]!["deployments"]!.AsArray().Count == 1;
            },
            () => "the host does not report its cluster",
            Patience,
            Cancellation
        );

        string[] request =
        [
            "--sourceClusterName",
            "shop",
            "--sourceProjectId",
            sourceProject,
            "--clusterName",
            "shop-cloud",
            "--migrationHost",
            "vm1",
            "--sourceManagedAuthentication",
            "--exclude-namespaces",
            """[{"database": "logs"}]""",
            "--megabytes-per-second",
            "100",
            .. more,
        ];
        var validation = await user.SayAsync(["liveMigrations", "validation", "create", .. request]);
        validation.ShouldContain("SOURCE PROJECT ID");
        validation.ShouldContain(project);
        var validationId = validation.Split('\n')[1].Split(' ')[0];
        await Condition.UntilAsync(
            async () =>
                (
                    await user.SayAsync("liveMigrations", "validation", "describe", "--validationId", validationId)
                ).Contains("SUCCESS", StringComparison.Ordinal),
            () => "the validation does not succeed",
            Patience,
            Cancellation
        );

        var created = await user.SayAsync(["liveMigrations", "create", .. request]);
        created.ShouldContain("READY FOR CUTOVER");
        var id = created.Split('\n')[1].Split(' ')[0];
        await using var watching = user.Start("liveMigrations", "describe", "--liveMigrationId", id, "--watch");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var writing = WriteAsync(source, stop.Token);
        await watching.LineAsync(
            line => line.Contains("ready for cutover", StringComparison.Ordinal),
            Patience,
            Cancellation
        );
        await stop.CancelAsync();
        var documents = 1 + await writing;
        (await user.SayAsync("lm", "cutover", "--liveMigrationId", id)).ShouldBe(
            "Cutover process successfully started."
        );
        (await watching.ExitAsync(Patience, Cancellation)).ShouldBe(0, watching.Describe());
        (await user.SayAsync("liveMigrations", "list")).ShouldContain("COMPLETE");
        (await user.SayAsync("liveMigrations", "report", "--liveMigrationId", id)).ShouldContain("\"identical\"");
        (await user.SayAsync("liveMigrations", "verify", "--liveMigrationId", id)).ShouldBe(
            FormattableString.Invariant($"identical: 1 collections, {documents:N0} documents")
        );
        var (refused, _, reason) = await user.RunAsync("liveMigrations", "unblockSource", "--liveMigrationId", id);
        refused.ShouldBe(4);
        reason.ShouldContain("LIVE_MIGRATION_BLOCKS_NOTHING");
        var names = await (await destination.Client.ListDatabaseNamesAsync(Cancellation)).ToListAsync(Cancellation);
        names.ShouldContain("shop");
        names.ShouldNotContain("logs");
        if (shardsThere is not null)
        {
            var sharded = destination.Client.GetDatabase("config").GetCollection<BsonDocument>("collections");
            (await sharded.CountDocumentsAsync(new BsonDocument("_id", "shop.orders"), null, Cancellation)).ShouldBe(1);
        }

        (await user.SayAsync("liveMigrations", "link", "delete", "--force")).ShouldEndWith("successfully deleted");
    }

    /// <summary>An application that writes until it is told to stop, once at least.</summary>
    /// <returns>How many documents it has written.</returns>
    private static async Task<int> WriteAsync(SandboxProcess source, CancellationToken stop)
    {
        var orders = source.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");
        var count = 0;
        do
        {
            await orders.InsertOneAsync(new BsonDocument("_id", 1000 + count++), null, Cancellation);
        } while (!stop.IsCancellationRequested);

        return count;
    }

    private static Task<SandboxProcess> StartAsync(int? shards) =>
        shards is { } count ? SandboxProcess.StartShardedAsync(Secret, count) : SandboxProcess.StartAsync(Secret);

    [Theory]
    [InlineData(2, "no Hub is named", "liveMigrations", "list")]
    [InlineData(
        2,
        "--sourceUsername",
        "liveMigrations",
        "create",
        "--sourceClusterName",
        "a",
        "--sourceProjectId",
        "b",
        "--clusterName",
        "c",
        "--migrationHost",
        "d"
    )]
    [InlineData(2, "--liveMigrationId", "liveMigrations", "cutover")]
    [InlineData(5, "cannot be reached", "liveMigrations", "list")]
    public async Task What_stands_against_a_command_is_said_and_has_a_code(
        int expected,
        string named,
        params string[] arguments
    )
    {
        using var user = new CommandLineUser();
        var isNamed = expected != 2 || !named.StartsWith("no Hub", StringComparison.Ordinal);
        var (code, output, errors) = isNamed
            ? await user.RunAgainstAsync("https://127.0.0.1:1/", arguments)
            : await user.RunAsync(arguments);
        code.ShouldBe(expected, output + errors);
        errors.ShouldContain(named);
    }
}

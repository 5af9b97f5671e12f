using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
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
    public async Task A_migration_is_linked_validated_created_watched_cut_over_and_reported()
    {
        await using var hub = await HubProcess.StartAsync();
        await using var source = await SandboxProcess.StartAsync(Secret);
        await using var destination = await SandboxProcess.StartAsync(Secret);
        await using var agent = new AgentProcess();
        using var user = new CommandLineUser();
        await source
            .Client.GetDatabase("shop")
            .GetCollection<BsonDocument>("orders")
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
        await watching.LineAsync(
            line => line.Contains("ready for cutover", StringComparison.Ordinal),
            Patience,
            Cancellation
        );
        (await user.SayAsync("lm", "cutover", "--liveMigrationId", id)).ShouldBe(
            "Cutover process successfully started."
        );
        (await watching.ExitAsync(Patience, Cancellation)).ShouldBe(0, watching.Describe());
        (await user.SayAsync("liveMigrations", "list")).ShouldContain("COMPLETE");
        (await user.SayAsync("liveMigrations", "report", "--liveMigrationId", id)).ShouldContain("\"identical\"");
        (await user.SayAsync("liveMigrations", "link", "delete", "--force")).ShouldEndWith("successfully deleted");
    }

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

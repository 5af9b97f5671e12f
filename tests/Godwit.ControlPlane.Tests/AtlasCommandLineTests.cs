using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>
/// Atlas' own command line, unmodified, against a Hub (M-124): where <c>GODWIT_ATLAS_CLI</c> names it, and skipped by name otherwise (P19).
/// </summary>
public sealed class AtlasCommandLineTests
{
    private const string Variable = "GODWIT_ATLAS_CLI";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("F02")]
    public async Task It_validates_creates_describes_and_cuts_over_a_migration()
    {
        var program = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(program is not { Length: > 0 }, $"{Variable} names no Atlas command line");
        await using var stage = await Stage.SetAsync();
        var environment = new Dictionary<string, string>
        {
            ["MONGODB_ATLAS_OPS_MANAGER_URL"] = stage.Hub.Url.ToString(),
            ["MONGODB_ATLAS_PUBLIC_API_KEY"] = stage.Api.PublicKey,
            ["MONGODB_ATLAS_PRIVATE_API_KEY"] = stage.Api.PrivateKey,
            ["MONGODB_ATLAS_ORG_ID"] = stage.Api.OrganizationId,
            ["MONGODB_ATLAS_PROJECT_ID"] = stage.Api.ProjectId,
            ["MONGODB_ATLAS_SKIP_UPDATE_CHECK"] = "yes",
            ["DO_NOT_TRACK"] = "1",
            ["SSL_CERT_FILE"] = Path.Combine(stage.Hub.Folder, "authority.pem"),
        };
        string[] request =
        [
            "--sourceClusterName",
            "shop",
            "--sourceProjectId",
            stage.SourceProjectId,
            "--clusterName",
            "shop-cloud",
            "--migrationHost",
            Stage.Host,
            "--sourceManagedAuthentication",
        ];
        (await RunAsync(["liveMigrations", "validation", "create", .. request])).ShouldContain("PENDING");
        var created = await RunAsync(["liveMigrations", "create", .. request]);
        var id = created.Split('\n')[1].Split(' ')[0];
        await stage.UntilReadyAsync(id);
        (await RunAsync(["liveMigrations", "describe", "--liveMigrationId", id])).ShouldContain("WORKING");
        (await RunAsync(["liveMigrations", "cutover", "--liveMigrationId", id])).ShouldContain(
            "Cutover process successfully started."
        );
        await stage.UntilStatusAsync(id, "COMPLETE");
        (await RunAsync(["liveMigrations", "link", "delete", "--force"])).ShouldContain("successfully deleted");

        async Task<string> RunAsync(string[] arguments)
        {
            await using var running = RunningProgram.Start(program!, arguments, environment);
            running.EndInput();
            (await running.ExitAsync(Patience, Cancellation)).ShouldBe(0, running.Describe());
            return running.Output;
        }
    }
}

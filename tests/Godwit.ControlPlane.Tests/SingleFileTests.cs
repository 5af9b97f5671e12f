using System.Diagnostics;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>
/// The one file of docs/hub-operations.md, published as it says: Hub and migration host start from it alone, where no .NET is to be found, and
/// link with each other.
/// </summary>
[Trait("Set", "Long")]
public sealed class SingleFileTests
{
    private const string Documented =
        "dotnet publish src/Godwit.Cli/Godwit.Cli.csproj -c Release -r linux-x64 --self-contained true -p:PublishSingleFile=true -p:IncludeNativeLibrariesForSelfExtract=true -o out";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("A06")]
    public async Task Hub_and_host_start_from_the_published_file_alone_and_link()
    {
        var operations = await File.ReadAllTextAsync(
            Path.Combine(SharedData.RepositoryRoot(), "docs/hub-operations.md"),
            Cancellation
        );
        operations
            .Replace("\\\n", "", StringComparison.Ordinal)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Aggregate((text, word) => $"{text} {word}")
            .ShouldContain(Documented);
        var folder = Directory.CreateTempSubdirectory("godwit-single-").FullName;
        try
        {
            var program = await PublishAsync(folder);
            // As on a machine without .NET.
            var environment = new Dictionary<string, string>
            {
                ["DOTNET_ROOT"] = "/nonexistent",
                ["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = Path.Combine(folder, "extracted"),
                ["PATH"] = "/usr/bin:/bin",
            };
            await using var hub = RunningProgram.Start(
                program,
                ["hub", "--data", Path.Combine(folder, "hub"), "--listen", "127.0.0.1:0"],
                environment
            );
            await hub.LineAsync(
                line => line.Contains("listens on https://", StringComparison.Ordinal),
                Patience,
                Cancellation
            );
            var signIn = await hub.LineAsync(
                line => line.Contains("/signIn/", StringComparison.Ordinal),
                Patience,
                Cancellation
            );
            environment["GODWIT_CONFIG"] = Path.Combine(folder, "profiles.json");
            var authority = Path.Combine(folder, "hub", "authority.pem");
            var link = signIn[signIn.IndexOf("https://", StringComparison.Ordinal)..];
            await RunAsync(program, environment, "auth", "login", link, "--authority", authority);
            var made = await RunAsync(program, environment, "liveMigrations", "link", "create");
            var token = made.Split('\'')[1];
            string[] data = ["--data", Path.Combine(folder, "agent")];
            await RunAsync(program, environment, ["agent", "link", token, "--name", "vm1", .. data]);
            await using var agent = RunningProgram.Start(program, ["agent", "run", .. data], environment);
            await agent.LineAsync(
                line => line.StartsWith("Connected to", StringComparison.Ordinal),
                Patience,
                Cancellation
            );
            var units = Directory.CreateDirectory(Path.Combine(folder, "units")).FullName;
            await RunAsync(
                program,
                environment,
                ["agent", "install", "--no-start", "--unit-directory", units, .. data]
            );
            (await File.ReadAllTextAsync(Path.Combine(units, "godwit-agent.service"), Cancellation)).ShouldContain(
                $"ExecStart={program} agent run --data {data[1]}"
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> PublishAsync(string folder)
    {
        var target = Path.Combine(folder, "out");
        var arguments = Documented.Split(' ')[1..^1].Append(target).Append("-v").Append("quiet");
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = SharedData.RepositoryRoot(),
            RedirectStandardOutput = true,
        };
        using var publishing = Process.Start(start)!;
        var said = await publishing.StandardOutput.ReadToEndAsync(Cancellation);
        await publishing.WaitForExitAsync(Cancellation);
        publishing.ExitCode.ShouldBe(0, said);
        Directory
            .EnumerateFiles(target)
            .Select(Path.GetFileName)
            .Where(name => !name!.EndsWith(".pdb", StringComparison.Ordinal))
            .ShouldBe(["godwit"]);
        return Path.Combine(target, "godwit");
    }

    private static async Task<string> RunAsync(
        string program,
        Dictionary<string, string> environment,
        params string[] arguments
    )
    {
        await using var running = RunningProgram.Start(program, arguments, environment);
        running.EndInput();
        (await running.ExitAsync(Patience, Cancellation)).ShouldBe(0, running.Describe());
        return running.Output;
    }
}

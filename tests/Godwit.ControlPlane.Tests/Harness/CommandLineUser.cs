using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests.Harness;

/// <summary>Somebody at a command line, with a profile of their own.</summary>
internal sealed class CommandLineUser : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-cli-").FullName;

    private Dictionary<string, string> Environment =>
        new() { ["GODWIT_CONFIG"] = Path.Combine(folder, "profiles.json") };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Runs a command.</summary>
    public async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        await using var program = Start(arguments);
        program.EndInput();
        var code = await program.ExitAsync(Patience, Cancellation);
        return (code, program.Output, program.Errors);
    }

    /// <summary>Runs a command with a Hub and a key from the environment.</summary>
    public async Task<(int Code, string Output, string Errors)> RunAgainstAsync(string hub, params string[] arguments)
    {
        var environment = new Dictionary<string, string>(Environment)
        {
            ["GODWIT_HUB_URL"] = hub,
            ["GODWIT_PUBLIC_API_KEY"] = "public",
            ["GODWIT_PRIVATE_API_KEY"] = "private",
            ["GODWIT_PROJECT_ID"] = "0123456789abcdef01234567",
        };
        await using var program = GodwitProgram.StartWith(environment, arguments);
        program.EndInput();
        var code = await program.ExitAsync(Patience, Cancellation);
        return (code, program.Output, program.Errors);
    }

    /// <summary>Runs a command that succeeds.</summary>
    public async Task<string> SayAsync(params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);
        code.ShouldBe(0, $"{string.Join(' ', arguments)}: {output}{errors}");
        return output;
    }

    /// <summary>The same, for its JSON.</summary>
    public async Task<JsonNode> AskAsync(params string[] arguments) =>
        JsonNode.Parse(await SayAsync([.. arguments, "-o", "json"]))!;

    public RunningProgram Start(params string[] arguments) => GodwitProgram.StartWith(Environment, arguments);

    public void Dispose() => Directory.Delete(folder, recursive: true);
}

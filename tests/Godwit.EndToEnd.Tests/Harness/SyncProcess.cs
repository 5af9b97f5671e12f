using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary><c>godwit sync</c>, asked over HTTP as scripts for mongosync do; may be killed and started again.</summary>
internal sealed class SyncProcess(string cluster0, string cluster1) : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private readonly HttpClient http = new();
    private RunningProgram? program;
    private Uri url = new("http://127.0.0.1/");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public RunningProgram Program => program ?? throw new InvalidOperationException("it was not started");

    public static string StartBody(string more = "") =>
        $$"""{"source": "cluster0", "destination": "cluster1"{{more}}}""";

    /// <summary>Starts it, with flags as mongosync has them.</summary>
    public async Task StartAsync(params string[] options)
    {
        program = GodwitProgram.Start([
            "sync",
            "--cluster0",
            cluster0,
            "--cluster1",
            cluster1,
            "--port",
            "0",
            "--acceptDisclaimer",
            "--disableTelemetry",
            .. options,
        ]);
        var line = await program.LineAsync(l => l.Contains("Listening on"), StartPatience, Cancellation);
        using var parsed = JsonDocument.Parse(line);
        url = new(parsed.RootElement.GetProperty("url").GetString()!);
    }

    public async Task KillAsync()
    {
        Program.Kill();
        await Program.DisposeAsync();
    }

    public async Task RestartAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    /// <summary>Sends a command that must succeed.</summary>
    public async Task DoAsync(string command, string body = "{}")
    {
        var (_, reply) = await PostAsync(command, body);
        reply.GetProperty("success").GetBoolean().ShouldBeTrue($"{command}: {reply} {Program.Describe()}");
    }

    /// <summary>Sends a command that must be refused; returns the error's name and text.</summary>
    public async Task<(int Status, string Error, string Description)> RefusedAsync(string command, string body = "{}")
    {
        var (status, reply) = await PostAsync(command, body);
        reply.GetProperty("success").GetBoolean().ShouldBeFalse($"{command}: {reply}");
        return (status, reply.GetProperty("error").GetString()!, reply.GetProperty("errorDescription").GetString()!);
    }

    /// <summary>What <c>progress</c> says now.</summary>
    public async Task<JsonElement> ProgressAsync()
    {
        var reply = await http.GetFromJsonAsync<JsonElement>(new Uri(url, "/api/v1/progress"), Cancellation);
        reply.GetProperty("success").GetBoolean().ShouldBeTrue();
        return reply.GetProperty("progress");
    }

    public Task<string> GetAsync(string path) => http.GetStringAsync(new Uri(url, path), Cancellation);

    public async Task<int> StatusAsync(string path, string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url, path));
        request.Headers.Add(header, value);
        using var response = await http.SendAsync(request, Cancellation);
        return (int)response.StatusCode;
    }

    /// <summary>Polls as scripts do until the answer is as wanted.</summary>
    public async Task<JsonElement> UntilAsync(Func<JsonElement, bool> wanted, string what)
    {
        JsonElement newest = default;
        await Condition.UntilAsync(
            async () => wanted(newest = await ProgressAsync()),
            () => $"{what} did not come: {newest} {Program.Describe()}",
            Rig.Patience,
            Cancellation
        );
        return newest;
    }

    public Task<JsonElement> UntilStateAsync(string state) =>
        UntilAsync(progress => StateOf(progress) == state, $"the state {state}");

    /// <summary>The state, once the process knows it.</summary>
    public async Task<string> KnownStateAsync() =>
        StateOf(await UntilAsync(progress => StateOf(progress) != "INITIALIZING", "a known state"));

    public Task<JsonElement> UntilCanCommitAsync() =>
        UntilAsync(progress => progress.GetProperty("canCommit").GetBoolean(), "canCommit");

    public static string StateOf(JsonElement progress) => progress.GetProperty("state").GetString()!;

    public async ValueTask DisposeAsync()
    {
        if (program is not null)
        {
            await program.DisposeAsync();
        }

        http.Dispose();
    }

    /// <summary>As <c>curl -d</c> sends it, which says that it is a form.</summary>
    private async Task<(int Status, JsonElement Reply)> PostAsync(string command, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await http.PostAsync(new Uri(url, $"/api/v1/{command}"), content, Cancellation);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation));
    }
}

using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Godwit.Engine.Preflight;
using Godwit.Engine.Reporting;
using Godwit.Sync.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Godwit.Sync.Api;

/// <summary>The paths: mongosync's under <c>/api/v1</c>, Godwit's own under <c>/api/x</c> and where monitoring looks.</summary>
internal sealed partial class Endpoints(SyncService service, StartChecks checks, TimeProvider time, ILogger logger)
{
    private const string JsonType = "application/json";
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    internal void Map(IEndpointRouteBuilder routes)
    {
        var mongosync = routes.MapGroup("/api/v1");
        _ = mongosync.MapGet("/progress", () => Json(200, Progress()));
        Command(mongosync, "start", service.StartAsync);
        Command(mongosync, "pause", (_, token) => service.PauseAsync(token));
        Command(mongosync, "resume", (_, token) => service.ResumeAsync(token));
        Command(mongosync, "commit", (_, token) => service.CommitAsync(token));
        Command(mongosync, "reverse", (_, token) => service.ReverseAsync(token));
        var own = routes.MapGroup("/api/x");
        _ = own.MapPost("/preflight", PreflightAsync);
        _ = own.MapGet("/report", Report);
        _ = own.MapGet("/events", (CancellationToken token) => TypedResults.ServerSentEvents(EventsAsync(token)));
        _ = routes.MapGet("/metrics", () => Results.Text(Metrics.Write(service.Picture), Metrics.ContentType));
        _ = routes.MapGet("/health/live", () => Results.Text("alive"));
        _ = routes.MapGet(
            "/health/ready",
            () =>
                service.Picture.State is var state && state == SyncState.INITIALIZING
                    ? Results.Text(state.ToString(), statusCode: StatusCodes.Status503ServiceUnavailable)
                    : Results.Text(state.ToString())
        );
    }

    /// <summary>
    /// Pages of other sites can make a browser send requests to this machine: those carry an Origin, or ask for a host that is not this
    /// one. Scripts do neither.
    /// </summary>
    internal static bool IsForeign(HttpRequest request) =>
        request.Headers.ContainsKey("Origin")
        || !(
            request.Host.Host is "localhost" or "[::1]"
            || (
                System.Net.IPAddress.TryParse(request.Host.Host, out var address)
                && System.Net.IPAddress.IsLoopback(address)
            )
        );

    private static void Refuse(SyncRefusal refusal, JsonObject body)
    {
        body["success"] = false;
        body["error"] = refusal.Name;
        body["errorDescription"] = refusal.Message;
    }

    private static IResult Json(int status, JsonObject body) =>
        Results.Text(body.ToJsonString(), JsonType, Encoding.UTF8, status);

    private JsonObject Progress() =>
        new() { ["progress"] = ProgressDocument.Write(service.Picture), ["success"] = true };

    private void Command(IEndpointRouteBuilder routes, string name, Func<string, CancellationToken, Task> carryOut) =>
        _ = routes.MapPost("/" + name, (HttpRequest request) => AnswerAsync(request, name, carryOut));

    /// <summary>
    /// Once it has begun it is carried out to its end even if whoever asked goes away: half of it would be neither done nor not done.
    /// </summary>
    private async Task<IResult> AnswerAsync(
        HttpRequest request,
        string name,
        Func<string, CancellationToken, Task> carryOut
    )
    {
        var reply = new JsonObject();
        var status = StatusCodes.Status200OK;
        LogRequest(name);
        try
        {
            var body = await ReadAsync(request);
            RequireObject(body);
            await carryOut(body, CancellationToken.None);
            reply["success"] = true;
        }
        catch (SyncRefusal refusal)
        {
            status = refusal.Status;
            Refuse(refusal, reply);
        }

        LogResponse(name, status, reply.ToJsonString());
        return Json(status, reply);
    }

    private static async Task<string> ReadAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        return await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
    }

    private static void RequireObject(string body)
    {
        try
        {
            if (JsonNode.Parse(body) is JsonObject)
            {
                return;
            }
        }
        catch (System.Text.Json.JsonException)
        {
            // Said below.
        }

        throw SyncRefusal.BadBody("The body must be a JSON object; {} where there is nothing to say.");
    }

    /// <summary>Preflight with a body of <c>start</c>, changing nothing.</summary>
    private async Task<IResult> PreflightAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var reply = new JsonObject();
        try
        {
            var findings = await checks.FindAsync(StartRequest.Parse(await ReadAsync(request)), cancellationToken);
            reply["success"] = PreflightChecks.AllowStart(findings);
            reply["findings"] = new JsonArray([
                .. findings.Select(one =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["id"] = one.Id,
                            ["state"] = one.State.ToString(),
                            ["message"] = Engine.Mongo.Connections.SecretText.OfText(one.Message),
                            ["remedy"] = one.Remedy,
                        }
                ),
            ]);
            return Json(StatusCodes.Status200OK, reply);
        }
        catch (SyncRefusal refusal)
        {
            Refuse(refusal, reply);
            return Json(refusal.Status, reply);
        }
    }

    private IResult Report() =>
        service.Picture.Report is { } report
            ? Results.Text(JsonReport.Write(report), JsonType)
            : Results.Text(
                "no migration has ended since this process began",
                statusCode: StatusCodes.Status404NotFound
            );

    /// <summary>The answer to <c>progress</c> whenever it has changed.</summary>
    private async IAsyncEnumerable<SseItem<string>> EventsAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var shown = "";
        while (!cancellationToken.IsCancellationRequested)
        {
            var now = Progress().ToJsonString();
            if (now != shown)
            {
                shown = now;
                yield return new(now, "progress");
            }

            await Task.Delay(LookEvery, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(320, LogLevel.Debug, "Received request {Uri}")]
    private partial void LogRequest(string uri);

    [LoggerMessage(321, LogLevel.Debug, "sent response {Uri} {Status} {Body}")]
    private partial void LogResponse(string uri, int status, string body);
}

using Godwit.Contracts.Atlas;
using Godwit.Hub.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Godwit.Hub.Api;

/// <summary>Turns every refusal, and what nobody foresaw, into the error body; unauthorised requests get their challenge.</summary>
internal sealed partial class RefusalMiddleware(RequestDelegate next, ILogger<RefusalMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http).ConfigureAwait(false);
        }
        catch (Refusal refusal)
        {
            await WriteAsync(http, refusal).ConfigureAwait(false);
            return;
        }
        catch (BadHttpRequestException bad)
        {
            await WriteAsync(http, new(bad.StatusCode, "INVALID_REQUEST", bad.Message)).ConfigureAwait(false);
            return;
        }
        catch (Exception unforeseen) when (!http.RequestAborted.IsCancellationRequested && !http.Response.HasStarted)
        {
            LogUnforeseen(logger, http.TraceIdentifier, unforeseen);
            await WriteAsync(
                    http,
                    new(
                        StatusCodes.Status500InternalServerError,
                        "UNEXPECTED_ERROR",
                        $"An error nobody foresaw; the Hub's log has it under {http.TraceIdentifier}."
                    )
                )
                .ConfigureAwait(false);
            return;
        }

        if (http.Response is { HasStarted: false, StatusCode: 404 or 405, ContentLength: null })
        {
            var status = http.Response.StatusCode;
            await WriteAsync(
                    http,
                    new(
                        status,
                        status == StatusCodes.Status404NotFound ? "RESOURCE_NOT_FOUND" : "METHOD_NOT_ALLOWED",
                        $"{http.Request.Method} {http.Request.Path} is not served here."
                    )
                )
                .ConfigureAwait(false);
        }
    }

    private static async Task WriteAsync(HttpContext http, Refusal refusal)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        http.Response.Clear();
        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            await http.ChallengeAsync(DigestHandler.Scheme).ConfigureAwait(false);
        }

        var error = new ApiError(
            refusal.Status,
            refusal.Code,
            refusal.Message,
            ReasonPhrases.GetReasonPhrase(refusal.Status),
            refusal.Parameters,
            refusal.Fields.Count > 0 ? new(refusal.Fields) : null
        );
        await new Answer(error, refusal.Status).ExecuteAsync(http).ConfigureAwait(false);
    }

    [LoggerMessage(101, LogLevel.Error, "Request {Request} failed in a way nobody foresaw")]
    private static partial void LogUnforeseen(ILogger logger, string request, Exception error);
}

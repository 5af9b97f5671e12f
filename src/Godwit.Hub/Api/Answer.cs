using System.Text.Json;
using Godwit.Contracts;
using Microsoft.AspNetCore.Http;

namespace Godwit.Hub.Api;

/// <summary>An answer in JSON, with <c>envelope</c> and <c>pretty</c> as asked for.</summary>
internal sealed class Answer(
    object? body,
    int status = StatusCodes.Status200OK,
    string mediaType = ApiVersion.PlainType
) : IResult
{
    private static readonly JsonSerializerOptions Pretty = new(ApiJson.Options) { WriteIndented = true };

    internal static Answer Of(object body, ApiVersion version, int status = StatusCodes.Status200OK) =>
        new(body, status, version.MediaType);

    internal static Answer Nothing(int status = StatusCodes.Status204NoContent) => new(null, status);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var type = TypeFor(httpContext.Request);
        var options = Asks(httpContext, "pretty") ? Pretty : ApiJson.Options;
        if (Asks(httpContext, "envelope"))
        {
            var wrapped = new { Content = body, Status = status };
            return httpContext.Response.WriteAsJsonAsync(wrapped, options, type, httpContext.RequestAborted);
        }

        httpContext.Response.StatusCode = status;
        return body is null
            ? Task.CompletedTask
            : httpContext.Response.WriteAsJsonAsync(body, body.GetType(), options, type, httpContext.RequestAborted);
    }

    /// <summary>Resources of Atlas that have one version only answer in it where a version is asked for; errors have none.</summary>
    private string TypeFor(HttpRequest request) =>
        mediaType == ApiVersion.PlainType
        && status < StatusCodes.Status400BadRequest
        && request.Path.StartsWithSegments("/api/atlas/v2")
        && request.Headers.Accept.ToString().Contains("application/vnd.atlas.", StringComparison.Ordinal)
            ? ApiVersion.First.MediaType
            : mediaType;

    private static bool Asks(HttpContext http, string name) =>
        http.Request.Query[name] is [{ } text] && bool.TryParse(text, out var asks) && asks;
}

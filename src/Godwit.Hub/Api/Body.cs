using System.Text.Json;
using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Microsoft.AspNetCore.Http;

namespace Godwit.Hub.Api;

/// <summary>Reads a body: what it does not know, or is of another type, is refused with the field's path.</summary>
internal static class Body
{
    internal static async Task<T> ReadAsync<T>(HttpRequest request)
    {
        try
        {
            return await JsonSerializer
                    .DeserializeAsync<T>(request.Body, ApiJson.Options, request.HttpContext.RequestAborted)
                    .ConfigureAwait(false)
                ?? throw Refusal.BadRequest("INVALID_JSON", "The body is the JSON value null.");
        }
        catch (JsonException malformed)
        {
            throw malformed.Path is { Length: > 2 } path
                ? Refusal.Invalid(new BadField(path[2..], "it is not known here, or not of the right type"))
                : Refusal.BadRequest("INVALID_JSON", $"The body cannot be read: {FirstSentence(malformed.Message)}.");
        }
    }

    private static string FirstSentence(string text) => text.Split(". ")[0];
}

using Godwit.Contracts.Atlas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Godwit.Hub.Api;

/// <summary>What the OpenAPI document says of an endpoint. It changes nothing of how requests are routed or read.</summary>
internal static class Described
{
    /// <summary>Says that an endpoint's answers are in Atlas' media types, of these versions.</summary>
    /// <param name="Versions">Oldest first.</param>
    internal sealed record Versioned(IReadOnlyList<ApiVersion> Versions);

    /// <summary>Its id and what it does.</summary>
    internal static RouteHandlerBuilder As(this RouteHandlerBuilder endpoint, string operationId, string summary) =>
        endpoint
            .WithName(operationId)
            .WithSummary(summary)
            .Produces<ApiError>(StatusCodes.Status400BadRequest)
            .Produces<ApiError>(StatusCodes.Status401Unauthorized)
            .Produces<ApiError>(StatusCodes.Status403Forbidden)
            .Produces<ApiError>(StatusCodes.Status404NotFound)
            .Produces<ApiError>(StatusCodes.Status409Conflict)
            .Produces<ApiError>(StatusCodes.Status429TooManyRequests);

    /// <summary>Its body. The media type is not insisted on: clients that send another, or none, are understood.</summary>
    internal static RouteHandlerBuilder Reads<TBody>(this RouteHandlerBuilder endpoint)
        where TBody : notnull => endpoint.Accepts<TBody>(isOptional: true, "*/*");

    internal static RouteHandlerBuilder Gives<TAnswer>(
        this RouteHandlerBuilder endpoint,
        int status = StatusCodes.Status200OK
    ) => endpoint.Produces<TAnswer>(status, ApiVersion.PlainType);

    internal static RouteHandlerBuilder GivesPage<TItem>(this RouteHandlerBuilder endpoint) =>
        endpoint.Gives<Page<TItem>>();

    internal static RouteHandlerBuilder GivesNothing(
        this RouteHandlerBuilder endpoint,
        int status = StatusCodes.Status204NoContent
    ) => endpoint.Produces(status);

    /// <summary>Its media types are Atlas' of these versions.</summary>
    internal static RouteHandlerBuilder InVersions(
        this RouteHandlerBuilder endpoint,
        params IReadOnlyList<ApiVersion> versions
    ) => endpoint.WithMetadata(new Versioned(versions));
}

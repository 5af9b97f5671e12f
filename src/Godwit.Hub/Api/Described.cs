using Godwit.Contracts.Atlas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Godwit.Hub.Api;

/// <summary>What the OpenAPI document says of an endpoint. It changes nothing of how requests are routed or read.</summary>
internal static class Described
{
    /// <summary>The type of an endpoint's body.</summary>
    /// <param name="Body">The type.</param>
    internal sealed record Takes(Type Body);

    /// <summary>Says that an endpoint's answers are in Atlas' media types, of these versions.</summary>
    /// <param name="Versions">Oldest first.</param>
    internal sealed record Versioned(IReadOnlyList<ApiVersion> Versions);

    /// <summary>Its id and what it does.</summary>
    internal static RouteHandlerBuilder As(this RouteHandlerBuilder endpoint, string operationId, string summary) =>
        endpoint.WithName(operationId).WithSummary(summary);

    internal static RouteHandlerBuilder Reads<TBody>(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(new Takes(typeof(TBody)));

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

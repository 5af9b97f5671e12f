using Godwit.Contracts.Atlas;
using Godwit.Hub.Access;
using Microsoft.AspNetCore.Http;

namespace Godwit.Hub.Api;

/// <summary>A request that is answered with "no", under a stable code.</summary>
internal sealed class Refusal(int status, string code, string detail) : Exception(detail)
{
    internal int Status { get; } = status;

    internal string Code { get; } = code;

    internal IReadOnlyList<object> Parameters { get; init; } = [];

    internal IReadOnlyList<BadField> Fields { get; init; } = [];

    internal static Refusal BadRequest(string code, string detail) =>
        new(StatusCodes.Status400BadRequest, code, detail);

    internal static Refusal Invalid(params IReadOnlyList<BadField> fields) =>
        new(
            StatusCodes.Status400BadRequest,
            "VALIDATION_ERROR",
            string.Join(' ', fields.Select(one => $"{one.Field}: {one.Description}."))
        )
        {
            Fields = fields,
        };

    internal static Refusal Unauthorized() =>
        new(
            StatusCodes.Status401Unauthorized,
            "UNAUTHORIZED",
            "You are not authorized for this resource: sign in, or send an API key by HTTP digest."
        );

    internal static Refusal Forbidden(Caller caller, Operation operation) =>
        new(
            StatusCodes.Status403Forbidden,
            "USER_UNAUTHORIZED",
            $"The roles of {caller.Name} do not allow this ({operation})."
        );

    internal static Refusal NotFound(string kind, string id) =>
        new(StatusCodes.Status404NotFound, "RESOURCE_NOT_FOUND", $"There is no {kind} {id}.") { Parameters = [id] };

    internal static Refusal Conflict(string code, string detail) => new(StatusCodes.Status409Conflict, code, detail);
}

using System.Security.Claims;
using Godwit.Hub.Data;

namespace Godwit.Hub.Access;

/// <summary>Whoever sends a request.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">A person's or key's id.</param>
/// <param name="Name">A person's name, or a public key.</param>
internal sealed record Caller(CallerKind Kind, string Id, string Name)
{
    private const string KindClaim = "godwit:kind";

    internal bool IsKey => Kind != CallerKind.Person;

    internal ClaimsPrincipal ToPrincipal(string scheme) =>
        new(
            new ClaimsIdentity(
                [new(KindClaim, Kind.ToString()), new(ClaimTypes.NameIdentifier, Id), new(ClaimTypes.Name, Name)],
                scheme
            )
        );

    internal static Caller? Of(ClaimsPrincipal principal) =>
        principal.Identity is { IsAuthenticated: true }
        && Enum.TryParse<CallerKind>(principal.FindFirstValue(KindClaim), out var kind)
            ? new(
                kind,
                principal.FindFirstValue(ClaimTypes.NameIdentifier)!,
                principal.FindFirstValue(ClaimTypes.Name)!
            )
            : null;
}

/// <summary>What kind of caller it is.</summary>
internal enum CallerKind
{
    /// <summary>A person, signed in.</summary>
    Person,

    /// <summary>A key, by HTTP digest.</summary>
    ApiKey,

    /// <summary>A service account, by a token.</summary>
    ServiceAccount,
}

/// <summary>What a request is about: who asks, of what, with which roles there. Commands and queries ask it what is allowed.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="RemoteAddress">Where from, for the audit log.</param>
/// <param name="Organization">The organisation.</param>
/// <param name="Project">The project; <see langword="null"/> where a request is about the whole organisation.</param>
/// <param name="Roles">The caller's roles there.</param>
internal sealed record Scope(
    Caller Caller,
    string? RemoteAddress,
    Organization Organization,
    Project? Project,
    IReadOnlyCollection<string> Roles
)
{
    /// <summary>The project of a request that names one.</summary>
    internal Project Group => Project ?? throw new InvalidOperationException("this request names no project");

    /// <summary>Whether the caller's roles allow it: what a page asks before it shows a button.</summary>
    internal bool Allows(Operation operation) => RoleTable.Allows(operation, Caller.IsKey, Roles);

    /// <exception cref="Api.Refusal">The caller's roles do not allow it.</exception>
    internal void Require(Operation operation)
    {
        if (!Allows(operation))
        {
            throw Api.Refusal.Forbidden(Caller, operation);
        }
    }
}

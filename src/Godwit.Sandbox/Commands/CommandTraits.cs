using System.Collections.Frozen;

namespace Godwit.Sandbox.Commands;

/// <summary>What the dispatcher knows of a command: its names, its fields, where and in which company it may run.</summary>
/// <param name="Name">The name clients send and <c>listCommands</c> shows; case-sensitive.</param>
internal sealed record CommandTraits(string Name)
{
    /// <summary>Older spellings that mean the same command.</summary>
    internal IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The name that stands in texts about fields ("BSON field 'FindCommandRequest.foo' is an unknown field.").</summary>
    internal string FieldOwner { get; init; } = Name;

    /// <summary>Fields accepted besides the generic ones; <see langword="null"/> for a command that ignores unknown fields.</summary>
    internal FrozenSet<string>? Fields { get; init; }

    /// <summary>Whether it runs against the admin database only.</summary>
    internal bool IsAdminOnly { get; init; }

    /// <summary>Whether its first field names a collection.</summary>
    internal bool NamesCollection { get; init; }

    /// <summary>Whether a secondary runs it.</summary>
    internal SecondaryUse OnSecondary { get; init; } = SecondaryUse.Never;

    /// <summary>Whether a user must be logged in where users are enforced.</summary>
    internal bool RequiresAuthentication { get; init; } = true;

    /// <summary>Whether it takes part in sessions; those that do not refuse transaction fields (ping, hello, buildInfo).</summary>
    internal bool TakesSession { get; init; } = true;

    /// <summary>Whether it takes a transaction number without being in a transaction.</summary>
    internal bool IsRetryableWrite { get; init; }

    /// <summary>Whether it runs inside a multi-document transaction.</summary>
    internal bool RunsInTransaction { get; init; }

    /// <summary>Whether it is commitTransaction or abortTransaction.</summary>
    internal bool EndsTransaction { get; init; }

    /// <summary>Whether it takes a read concern other than local.</summary>
    internal bool TakesReadConcern { get; init; }

    /// <summary>Whether it takes read concern snapshot outside transactions.</summary>
    internal bool TakesSnapshot { get; init; }

    /// <summary>Whether it takes a write concern.</summary>
    internal bool TakesWriteConcern { get; init; }

    /// <summary>Whether it belongs to Stable API version 1.</summary>
    internal bool IsInApiVersion1 { get; init; }

    /// <summary>The text <c>listCommands</c> shows.</summary>
    internal string Help { get; init; } = "";

    /// <summary>Makes the set for <see cref="Fields"/>.</summary>
    internal static FrozenSet<string> FieldSet(params ReadOnlySpan<string> names) =>
        names.ToArray().ToFrozenSet(StringComparer.Ordinal);
}

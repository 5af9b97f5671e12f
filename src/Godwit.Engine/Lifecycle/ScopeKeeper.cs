using Godwit.Bson;
using Godwit.Engine.Recovery;

namespace Godwit.Engine.Lifecycle;

/// <summary>
/// Keeps the filter and the mapping with the migration: with another filter, a later life would drop what is left out now.
/// </summary>
internal sealed class ScopeKeeper(ReservedStore store, MigrationSettings settings)
{
    /// <summary>Field of the migration's document.</summary>
    internal const string Scope = "scope";
    private const string Rules = "documentRules";

    /// <exception cref="MigrationFailedException">It is another one, and nobody has said that this is meant.</exception>
    internal async Task KeepAsync(bool hasBegun, CancellationToken cancellationToken)
    {
        var state = await store.ReadStateAsync(cancellationToken);
        var before = state[Scope] is { Type: BsonType.String } kept ? kept.AsString : "";
        var isOther = hasBegun && before != settings.Scope.Text;
        if (isOther && !settings.AcceptFilterChange)
        {
            throw new MigrationFailedException(
                "FilterChanged",
                $"This migration began with {Describe(before)}; now it is given {Describe(settings.Scope.Text)}.",
                "Give the same as before. If the new one is meant (--accept-filter-change): what it adds is copied, and what it leaves out is dropped from the destination."
            );
        }

        var rules = settings.Scope.Documents.Digest;
        if (hasBegun && (state[Rules] is { Type: BsonType.String } digest ? digest.AsString : "") != rules)
        {
            throw new MigrationFailedException(
                "DocumentRulesChanged",
                "This migration began with other document rules than it is given now.",
                "Give the same as before. For others, cancel it (--cancel), remove what it has copied, and start anew."
            );
        }

        await store.SetStateAsync(
            new DocumentBuilder { { Scope, settings.Scope.Text }, { Rules, rules } }.Build(),
            cancellationToken
        );
    }

    private static string Describe(string scope) => scope.Length == 0 ? "no filter" : $"the filter {scope}";
}

using System.Collections.Concurrent;

namespace Godwit.Hub.Migrations;

/// <summary>
/// Which migrations were changed since somebody took note. One that begins and ends between two looks at the database is in neither of them,
/// and would be shown for ever as it was when its page was opened.
/// </summary>
internal sealed class MigrationChanges
{
    private readonly ConcurrentDictionary<string, bool> ids = new(StringComparer.Ordinal);

    /// <summary>A migration is another one than before.</summary>
    internal void Note(string id) => ids[id] = true;

    /// <summary>Those noted since the last call; read after it, each is at least as new as what was noted.</summary>
    internal IReadOnlyList<string> Take() => [.. ids.Keys.Where(id => ids.TryRemove(id, out _))];
}

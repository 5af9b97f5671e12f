using Godwit.Agent.Identity;
using Godwit.Contracts.Agents;

namespace Godwit.Agent.Migrations;

/// <summary>
/// What a host keeps of its migrations, so that it goes on with them after its own restart even while the Hub is away (A05). Secrets in it
/// are sealed to the host's key.
/// </summary>
internal sealed class MigrationFile(AgentFolder folder)
{
    private const string Prefix = "migration-";
    private const string Suffix = ".json";

    internal IReadOnlyList<Kept> ReadAll() =>
        [.. folder.List($"{Prefix}*{Suffix}").Select(folder.Read<Kept>).OfType<Kept>()];

    internal void Write(Kept kept) => folder.Write(Name(kept.Order.Id), kept);

    /// <summary>Where the engine of a migration keeps events that memory has no room for (H05).</summary>
    internal string SpoolDirectory(string id) => Path.Combine(folder.Root, $"spool-{id}");

    internal void Delete(string id)
    {
        folder.Delete(Name(id));
        if (Directory.Exists(SpoolDirectory(id)))
        {
            Directory.Delete(SpoolDirectory(id), recursive: true);
        }
    }

    private static string Name(string id) => $"{Prefix}{id}{Suffix}";

    /// <param name="Incarnation">The Hub's life that owns it (P3).</param>
    /// <param name="Order">The newest order.</param>
    /// <param name="End">How it ended, if it has.</param>
    /// <param name="HasCleared">Whether the destination was cleared, where that was asked for: it is not again.</param>
    /// <param name="HasBegun">Whether an engine was started for it here: what the destination holds is its own from then on.</param>
    /// <param name="HasCopied">Whether everything was copied: from then on it is followed at any hour.</param>
    internal sealed record Kept(
        string Incarnation,
        MigrationOrder Order,
        ReportedMigration? End,
        bool HasCleared = false,
        bool HasBegun = false,
        bool HasCopied = false
    );
}

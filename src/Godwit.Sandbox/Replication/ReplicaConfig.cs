using System.Globalization;
using Godwit.Bson;

namespace Godwit.Sandbox.Replication;

/// <summary>The configuration of a replica set. Configurations are ordered by term and version; a later one replaces an earlier.</summary>
/// <param name="Name">The set's name.</param>
/// <param name="Members">The members in the order the administrator gave them.</param>
/// <param name="Id">The <c>replicaSetId</c>.</param>
internal sealed record ReplicaConfig(string Name, IReadOnlyList<MemberConfig> Members, RawValue Id)
{
    /// <summary>The term of a configuration that was forced: it is compared by its version only.</summary>
    internal const long NoTerm = -1;

    /// <summary>Counts the configurations.</summary>
    internal long Version { get; init; } = 1;

    /// <summary>The term of the primary that made it.</summary>
    internal long Term { get; init; } = NoTerm;

    /// <summary>Whether the set holds the metadata of a sharded cluster.</summary>
    internal bool IsForConfigServers { get; init; }

    /// <summary>Whether a majority write concern waits for the journal where it does not say.</summary>
    internal bool JournalsMajorities { get; init; } = true;

    /// <summary>How the set behaves.</summary>
    internal ReplicaSettings Settings { get; init; } = new();

    /// <summary>How many votes elect a primary.</summary>
    internal int Majority => (Members.Count(member => member.IsVoter) / 2) + 1;

    /// <summary>How many members with a vote have data.</summary>
    internal int WritableVoters => Members.Count(member => member is { IsVoter: true, IsArbiter: false });

    /// <summary>How many of those must have a write for a majority to have it.</summary>
    internal int WriteMajority => Math.Min(Majority, WritableVoters);

    /// <summary>Whether writes without a concern wait for a majority: not where arbiters could leave one member alone with them.</summary>
    internal bool DefaultsToMajority => !Members.Any(member => member.IsArbiter) || WritableVoters > Majority;

    /// <summary>Version and term as MongoDB's messages show them.</summary>
    internal string Stamp => string.Create(CultureInfo.InvariantCulture, $"{{version: {Version}, term: {Term}}}");

    /// <summary>A first configuration of equal members.</summary>
    internal static ReplicaConfig Initial(string name, IEnumerable<string> hosts, RawValue id) =>
        new(name, [.. hosts.Select((host, i) => new MemberConfig(i, host))], id)
        {
            Term = 0,
            Settings = ReplicaSettings.Quick,
        };

    /// <summary>The member at an address; <see langword="null"/> if there is none.</summary>
    internal MemberConfig? MemberAt(string host) => Members.FirstOrDefault(member => member.Host == host);

    /// <summary>The member with that <c>_id</c>.</summary>
    internal MemberConfig? MemberWith(int id) => Members.FirstOrDefault(member => member.Id == id);

    /// <summary>Whether it is later than another.</summary>
    internal bool IsNewerThan(ReplicaConfig other) =>
        Term == NoTerm || other.Term == NoTerm || Term == other.Term ? Version > other.Version : Term > other.Term;

    /// <summary>Whether it says the same as another, version and term aside.</summary>
    internal bool SaysTheSameAs(ReplicaConfig other) =>
        (this with { Version = 1, Term = NoTerm }).ToDocument(true)
        == (other with { Version = 1, Term = NoTerm }).ToDocument(true);

    /// <summary>The form of <c>replSetGetConfig</c>.</summary>
    /// <param name="showsNewlyAdded">Whether to show who has no vote yet, which only members need to know.</param>
    internal RawDocument ToDocument(bool showsNewlyAdded = false) =>
        new DocumentBuilder
        {
            { "_id", Name },
            { "version", (int)Version },
            { "term", Term == NoTerm ? RawValue.Missing : (int)Term },
            {
                "members",
                RawValue.Array(Members.Select(member => RawValue.Document(member.ToDocument(showsNewlyAdded))))
            },
            { "configsvr", IsForConfigServers ? true : RawValue.Missing },
            { "protocolVersion", 1L },
            { "writeConcernMajorityJournalDefault", JournalsMajorities },
            { "settings", Settings.ToDocument(Id) },
        }.Build();
}

using Godwit.Bson;

namespace Godwit.Sandbox.Replication;

/// <summary>The configuration of a replica set: its name and the addresses of its members, all voting, all equal.</summary>
/// <param name="Name">The set's name.</param>
/// <param name="Hosts">The members' addresses in order of their ids.</param>
/// <param name="Id">The <c>replicaSetId</c>.</param>
internal sealed record ReplicaConfig(string Name, IReadOnlyList<string> Hosts, RawValue Id)
{
    /// <summary>The configuration's version; it never changes here.</summary>
    internal const int Version = 1;

    /// <summary>How many members make a majority.</summary>
    internal int Majority => (Hosts.Count / 2) + 1;

    /// <summary>The form of <c>replSetGetConfig</c>.</summary>
    internal RawDocument ToDocument(long term)
    {
        var members = new ArrayBuilder();
        for (var i = 0; i < Hosts.Count; i++)
        {
            members.Add(
                new DocumentBuilder
                {
                    { "_id", i },
                    { "host", Hosts[i] },
                    { "arbiterOnly", false },
                    { "buildIndexes", true },
                    { "hidden", false },
                    { "priority", 1.0 },
                    { "tags", RawDocument.Empty },
                    { "secondaryDelaySecs", 0L },
                    { "votes", 1 },
                }
            );
        }

        return new DocumentBuilder
        {
            { "_id", Name },
            { "version", Version },
            { "term", (int)term },
            { "members", members.Build() },
            { "protocolVersion", 1L },
            { "writeConcernMajorityJournalDefault", true },
            { "settings", Settings() },
        }.Build();
    }

    private DocumentBuilder Settings() =>
        new()
        {
            { "chainingAllowed", true },
            { "heartbeatIntervalMillis", (int)ReplicaTimings.Heartbeat.TotalMilliseconds },
            { "heartbeatTimeoutSecs", 10 },
            { "electionTimeoutMillis", (int)ReplicaTimings.ElectionTimeout.TotalMilliseconds },
            { "catchUpTimeoutMillis", -1 },
            { "catchUpTakeoverDelayMillis", 30000 },
            { "getLastErrorModes", RawDocument.Empty },
            {
                "getLastErrorDefaults",
                new DocumentBuilder { { "w", 1 }, { "wtimeout", 0 } }
            },
            { "replicaSetId", Id },
        };
}

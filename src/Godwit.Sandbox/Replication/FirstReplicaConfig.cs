using Godwit.Bson;

namespace Godwit.Sandbox.Replication;

/// <summary>
/// The configuration that a set is started with, as someone writes it who does not know the ports yet: what is left out (name, version,
/// ids, addresses, the quick settings) is filled in.
/// </summary>
internal static class FirstReplicaConfig
{
    /// <summary>Reads one; the members stand in the order of the processes.</summary>
    /// <exception cref="Errors.CommandException">It is not a possible configuration.</exception>
    internal static ReplicaConfig Read(RawDocument given, string name, IReadOnlyList<string> hosts, RawValue id)
    {
        var members = given["members"] is { Type: BsonType.Array } listed
            ? listed.AsDocument.Values().ToList()
            : [.. hosts.Select(_ => RawValue.Document(RawDocument.Empty))];
        if (members.Count != hosts.Count)
        {
            throw new Errors.CommandException(
                Errors.ErrorCode.InvalidReplicaSetConfig,
                $"the configuration has {members.Count} members, the set {hosts.Count}"
            );
        }

        var complete = new ArrayBuilder();
        for (var i = 0; i < hosts.Count; i++)
        {
            complete.Add(
                Over(members[i].AsDocument, new DocumentBuilder { { "_id", i }, { "host", hosts[i] } }.Build())
            );
        }

        var quick = ReplicaSettings.Quick;
        var settings = Over(
            given["settings"] is { Type: BsonType.Document } some ? some.AsDocument : RawDocument.Empty,
            new DocumentBuilder
            {
                { "heartbeatIntervalMillis", quick.HeartbeatMilliseconds },
                { "electionTimeoutMillis", quick.ElectionTimeoutMilliseconds },
            }.Build()
        );
        var config = ReplicaConfigReader.Read(
            new DocumentBuilder
            {
                { "_id", name },
                { "version", 1 },
                { "members", complete.Build() },
                { "settings", settings },
            }.Build(),
            id
        );
        ReplicaConfigRules.Check(config);
        return config;
    }

    private static RawDocument Over(RawDocument given, RawDocument otherwise)
    {
        var document = new DocumentBuilder().AddAll(given);
        foreach (var element in otherwise)
        {
            document.Add(element.Name, given.Has(element.Name) ? RawValue.Missing : element.Value);
        }

        return document.Build();
    }
}

using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>A document of <c>config.databases</c>: which shard has what is not sharded of a database.</summary>
/// <param name="Name">The database.</param>
/// <param name="Primary">The shard.</param>
/// <param name="Version">The version document <c>{uuid, timestamp, lastMod}</c>.</param>
internal sealed record DatabaseEntry(string Name, string Primary, RawDocument Version)
{
    /// <summary>A new one.</summary>
    internal static DatabaseEntry New(string name, string primary, ClusterTime time) =>
        new(name, primary, VersionOf(Guid.NewGuid(), time, 1));

    /// <summary>With another primary shard.</summary>
    internal DatabaseEntry MovedTo(string primary, ClusterTime time) =>
        new(Name, primary, VersionOf(Version["uuid"].AsUuid, time, (int)Version["lastMod"].ToInt64()! + 1));

    /// <summary>Reads a document.</summary>
    internal static DatabaseEntry FromDocument(RawDocument document) =>
        new(document["_id"].AsString, document["primary"].AsString, document["version"].AsDocument);

    /// <summary>The document.</summary>
    internal RawDocument ToDocument() =>
        new DocumentBuilder
        {
            { "_id", Name },
            { "primary", Primary },
            { "version", Version },
        }.Build();

    private static RawDocument VersionOf(Guid uuid, ClusterTime time, int lastModification) =>
        new DocumentBuilder
        {
            { "uuid", RawValue.Uuid(uuid) },
            { "timestamp", time },
            { "lastMod", lastModification },
        }.Build();
}

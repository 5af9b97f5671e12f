using Godwit.Bson;

namespace Godwit.Sandbox.Replication;

/// <summary>
/// The configuration a member knows, kept beside its data. Addresses are kept as places in the Sandbox: started again on other ports,
/// the members are the same.
/// </summary>
internal sealed class ConfigRecord(string directory, ReplicaNetwork network)
{
    private readonly string path = Path.Combine(directory, "replset.bson");

    /// <summary>The configuration kept; <see langword="null"/> if none was.</summary>
    /// <param name="setName">The name the set is started with.</param>
    /// <exception cref="IOException">It is that of another set.</exception>
    internal ReplicaConfig? Read(string setName)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var stored = new RawDocument(File.ReadAllBytes(path));
        var config = ReplicaConfigReader.Read(stored["config"].AsDocument, default);
        if (config.Name != setName)
        {
            throw new IOException(
                $"the data in {directory} belong to the replica set {config.Name}, not {setName}; start it by that name"
            );
        }

        var slots = stored["places"].AsDocument.Values().Select(slot => slot.AsInt32).ToList();
        return config with
        {
            Members =
            [
                .. config.Members.Select(
                    (member, i) => slots[i] < 0 ? member : member with { Host = network.HostOf(slots[i]) }
                ),
            ],
        };
    }

    /// <summary>Keeps a configuration.</summary>
    internal void Save(ReplicaConfig config)
    {
        var document = new DocumentBuilder
        {
            { "config", config.ToDocument(showsNewlyAdded: true) },
            { "places", RawValue.Array(config.Members.Select(member => (RawValue)network.SlotOf(member.Host))) },
        }.Build();
        var next = path + ".next";
        using (var file = File.Create(next))
        {
            file.Write(document.Bytes.Span);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }
}

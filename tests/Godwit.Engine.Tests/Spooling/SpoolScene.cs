using System.Globalization;
using Godwit.Bson;
using Godwit.Engine.Ports;
using Godwit.Engine.Spooling;

namespace Godwit.Engine.Tests.Spooling;

/// <summary>A folder of its own, a key, and events to spool.</summary>
internal sealed class SpoolScene : IDisposable
{
    private readonly string parent = Directory.CreateTempSubdirectory("godwit-spool-test-").FullName;
    private readonly Guid migration = new("11111111-2222-3333-4444-555555555555");
    private readonly SpoolKey key = SpoolKey.New();

    internal string Path => System.IO.Path.Combine(parent, $"godwit-{migration:N}");

    internal IReadOnlyList<string> Files => Directory.Exists(Path) ? Directory.GetFiles(Path) : [];

    internal SpoolFolder Open(long bytesMax = long.MaxValue) => new(parent, migration, key, bytesMax);

    /// <summary>A reply of the stream with one event, that ends at a time.</summary>
    internal static ChangeBatch Batch(uint time, int padding = 10) =>
        new(
            DocumentBatch.Of([
                new DocumentBuilder { { "time", (int)time }, { "text", new string('x', padding) } }.Build(),
            ]),
            Token(time)
        );

    internal static RawDocument Token(uint time)
    {
        var packed = new ClusterTime(time, 0).Packed;
        return new DocumentBuilder
        {
            { "_data", string.Create(CultureInfo.InvariantCulture, $"82{packed:X16}") },
        }.Build();
    }

    internal static int TimeOf(ChangeBatch batch)
    {
        var time = 0;
        foreach (var document in batch.Events)
        {
            time = document["time"].AsInt32;
        }

        return time;
    }

    public void Dispose() => Directory.Delete(parent, recursive: true);
}

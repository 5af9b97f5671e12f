using Godwit.Engine.Mongo;
using Godwit.Engine.Mongo.Connections;

namespace Godwit.Cli.Verbs;

/// <summary>Both ends of a migration or comparison, opened and closed together.</summary>
internal sealed class ClusterPair : IAsyncDisposable
{
    private ClusterPair(MongoSource source, MongoDestination destination) =>
        (Source, Destination) = (source, destination);

    internal MongoSource Source { get; }

    internal MongoDestination Destination { get; }

    /// <summary>Opens both; nothing is connected yet.</summary>
    /// <exception cref="MongoDB.Driver.MongoConfigurationException">A connection string is malformed.</exception>
    internal static ClusterPair Open(string source, string destination, TimeProvider time, string name = "") =>
        new(
            new(MongoAddress.Parse(source), time, Pretence.Missing()),
            new(MongoAddress.Parse(destination), time, Pretence.Missing(), name)
        );

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Destination.DisposeAsync();
    }
}

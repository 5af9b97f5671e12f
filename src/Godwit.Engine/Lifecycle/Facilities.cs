using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Lifecycle;

/// <summary>
/// What both sides offered when a life began, by which it reads and writes. Servers are upgraded meanwhile, and one of an earlier release
/// may be primary again: a life whose facilities have come or gone ends, and the next one takes the way that is open now.
/// </summary>
internal sealed class Facilities
{
    private readonly ISourceCluster source;
    private readonly IDestinationCluster destination;
    private readonly RetryPolicy retry;
    private readonly (Version Source, Version Destination) releases;

    private Facilities(
        ISourceCluster source,
        IDestinationCluster destination,
        RetryPolicy retry,
        (Version Source, Version Destination) releases,
        (ClusterCapabilities Source, ClusterCapabilities Destination) found
    )
    {
        (this.source, this.destination, this.retry, this.releases) = (source, destination, retry, releases);
        (Source, Destination) = found;
    }

    /// <summary>Those of the source.</summary>
    internal ClusterCapabilities Source { get; }

    /// <summary>Those of the destination.</summary>
    internal ClusterCapabilities Destination { get; }

    /// <summary>Finds them by trying.</summary>
    internal static async Task<Facilities> FindAsync(
        ISourceCluster source,
        IDestinationCluster destination,
        RetryPolicy retry,
        CancellationToken cancellationToken
    )
    {
        // First, so that a server that takes over while the others are tried is noticed.
        var releases = await ReadReleasesAsync(source, destination, retry, cancellationToken);
        var there = await retry.RunAsync(source.ProbeAsync, cancellationToken);
        var here = await retry.RunAsync(destination.ProbeAsync, cancellationToken);
        return new(source, destination, retry, releases, (there, here));
    }

    /// <summary>Looks whether other releases answer, until cancelled.</summary>
    /// <exception cref="FacilitiesChangedException">They offer something else.</exception>
    internal async Task WatchAsync(TimeSpan every, CancellationToken cancellationToken)
    {
        for (var before = releases; ; )
        {
            await Task.Delay(every, retry.Time, cancellationToken);
            var now = await ReadReleasesAsync(source, destination, retry, cancellationToken);
            if (now != before && await HaveChangedAsync(cancellationToken))
            {
                throw new FacilitiesChangedException(
                    $"The source answers as MongoDB {now.Source} now, the destination as {now.Destination}."
                );
            }

            before = now;
        }
    }

    /// <summary>Whether either side offers something else now.</summary>
    internal async Task<bool> HaveChangedAsync(CancellationToken cancellationToken)
    {
        var now = await FindAsync(source, destination, retry, cancellationToken);
        return now.Source != Source || now.Destination != Destination;
    }

    /// <summary>As they are kept with the migration.</summary>
    internal RawDocument ToDocument() =>
        new DocumentBuilder { { "source", Source.ToDocument() }, { "destination", Destination.ToDocument() } }.Build();

    private static async Task<(Version Source, Version Destination)> ReadReleasesAsync(
        ISourceCluster source,
        IDestinationCluster destination,
        RetryPolicy retry,
        CancellationToken cancellationToken
    ) =>
        (
            (await retry.RunAsync(source.IdentifyAsync, cancellationToken)).Version,
            (await retry.RunAsync(destination.IdentifyAsync, cancellationToken)).Version
        );
}

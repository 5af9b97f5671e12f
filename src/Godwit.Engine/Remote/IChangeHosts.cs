using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Remote;

/// <summary>
/// Hosts that carry a part of the changes for this one (S10): each reads a stream and writes what its events bring. Every decision about an
/// event stays here.
/// </summary>
internal interface IChangeHosts
{
    /// <summary>Whether one of them has room for one more of so many streams.</summary>
    bool HasRoom(int streams);

    /// <summary>A host for one more of so many streams; <see langword="null"/> if none has room.</summary>
    IChangeHost? TryTake(int streams);
}

/// <summary>A host that carries one stream; disposed to take it from it.</summary>
internal interface IChangeHost : IAsyncDisposable
{
    /// <summary>What the events that it keeps are marked with: of no other stream of any host or life.</summary>
    long Holder { get; }

    /// <summary>Opens the stream there.</summary>
    /// <param name="request">Which.</param>
    /// <param name="facilities">Those that the host has to find on the source, too.</param>
    /// <param name="terms">What it has to know of what it keeps.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Its first batch.</returns>
    /// <exception cref="Faults.ClusterException">The source refuses it to that host, or the host is gone.</exception>
    Task<ChangeBatch> OpenAsync(
        ChangeStreamRequest request,
        RawDocument facilities,
        HoldingTerms terms,
        CancellationToken cancellationToken
    );

    /// <summary>The next batch; of the events that the host keeps only what decisions need (<see cref="EventStubs"/>).</summary>
    /// <exception cref="Faults.ClusterException">The stream is broken, or the host is gone.</exception>
    Task<ChangeBatch> NextAsync(HoldingTerms terms, CancellationToken cancellationToken);

    /// <summary>
    /// Whether another host should read the stream on, of so many, because this one carries more than its share. If so it counts as read by none: it is asked for no
    /// further batch, and only for what it keeps, until it is disposed.
    /// </summary>
    bool TryLeave(int streams);

    /// <summary>Writes events that it keeps.</summary>
    /// <exception cref="Faults.ClusterException">It is not known what it has written: the tickets are to be closed (S17).</exception>
    Task<LaneEnd> WriteAsync(LaneOrder order, CancellationToken cancellationToken);
}

/// <summary>What a host has to know of what it keeps.</summary>
/// <param name="Settled">Events up to this time are not asked for any more.</param>
/// <param name="Whole">Collections whose events it does not keep: their order is content, and no read makes up for an event (S30).</param>
internal sealed record HoldingTerms(ClusterTime Settled, IReadOnlyCollection<Guid> Whole);

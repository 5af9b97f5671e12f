using Godwit.Cluster.Messages;

namespace Godwit.Cluster.Leading;

/// <summary>
/// The one place of a migration that all hosts reach: it stands on the host that leads, and on another one as soon as that is gone.
/// </summary>
internal interface ILeadGrain : IGrainWithStringKey
{
    /// <summary>A host is there; whoever says so first leads.</summary>
    Task<BeatAnswer> BeatAsync(HostBeat beat);

    /// <summary>Waits a while for a range to move or to sum up; <see langword="null"/> if none has come.</summary>
    Task<RangeOrder?> TakeAsync(Guid hostId);

    /// <summary>Says what was moved, or asks again whether to go on.</summary>
    Task<MoveSignal> ReportAsync(Guid move, MovedNote? note);

    /// <summary>Waits a while for something to do with a change stream.</summary>
    Task<ChangeOrder[]> FetchChangesAsync(Guid hostId, Guid[] atWork);

    /// <summary>Brings what a stream has replied, or asks again whether to go on.</summary>
    Task<StreamTerms> BringChangesAsync(Guid stream, StreamReply? reply);

    /// <summary>Says how the writing of changes ended.</summary>
    Task EndWriteAsync(Guid stream, Guid order, WrittenText end);

    /// <summary>Says how the work on a range ended.</summary>
    Task EndAsync(Guid order, RangeEnd end);
}

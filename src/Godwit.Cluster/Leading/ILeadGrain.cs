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

    /// <summary>Says how the work on a range ended.</summary>
    Task EndAsync(Guid order, RangeEnd end);
}

namespace Godwit.Cluster.Messages;

/// <summary>What a host that moves a range shall do.</summary>
internal enum MoveSignal
{
    /// <summary>Go on.</summary>
    Go,

    /// <summary>Ask again: the source is to be read no faster, or the leader is behind.</summary>
    Wait,

    /// <summary>Stop: nobody counts on this move any more.</summary>
    Stop,
}

namespace Godwit.Simulation;

/// <summary>What one of each thing costs, as it was measured on one processor.</summary>
public sealed record UnitCosts
{
    /// <summary>Where and when it was measured.</summary>
    public string Measured { get; init; } = "";

    /// <summary>CPU seconds to copy a gigabyte.</summary>
    public double CopyPerGigabyte { get; init; }

    /// <summary>CPU seconds to compare a gigabyte, read on either side.</summary>
    public double VerifyPerGigabyte { get; init; }

    /// <summary>CPU seconds to apply a change, all threads together.</summary>
    public double ApplyChange { get; init; }

    /// <summary>Changes a second that one leader has applied at most.</summary>
    public double ChangesMost { get; init; }

    /// <summary>CPU seconds of the leader for a change that another host has read and writes: to parse what is left of it, route it and order its write.</summary>
    public double StubChange { get; init; }

    /// <summary>CPU seconds of that host to keep the change and say what is left of it, beside what applying it costs.</summary>
    public double KeepChange { get; init; }

    /// <summary>Seconds under the leader's gate to find a change's range and decide about it.</summary>
    public double RouteChange { get; init; }

    /// <summary>CPU seconds to open and finish a range in the router.</summary>
    public double OpenRange { get; init; }

    /// <summary>CPU seconds of the board to give an order out and to see it ended.</summary>
    public double Order { get; init; }

    /// <summary>CPU seconds of the board for a host's note that a batch is written.</summary>
    public double Note { get; init; }

    /// <summary>CPU seconds to describe a finished range for a checkpoint.</summary>
    public double SaveRange { get; init; }

    /// <summary>Bytes of a finished range in a checkpoint.</summary>
    public double SavedRangeBytes { get; init; }

    /// <summary>Bytes the leader keeps in memory for a range.</summary>
    public double RangeMemory { get; init; }
}

namespace Godwit.Cli.Demo;

/// <summary>How the demonstration went: the one line that <c>godwit demo --json</c> ends with.</summary>
internal sealed record DemoResult
{
    /// <summary>"migrated", or "failed" with a <see cref="Reason"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Reason { get; init; }

    /// <summary>Collections and views carried over.</summary>
    public int Collections { get; init; }

    /// <summary>Documents compared byte for byte at the cutover.</summary>
    public long Documents { get; init; }

    /// <summary>Change events applied while the application wrote.</summary>
    public long ChangesApplied { get; init; }

    /// <summary>Differences between both sides, and promises to the application that were not kept.</summary>
    public int Differences { get; init; }

    /// <summary>From the last write acknowledged by the source to the first acknowledged by the destination, as the application saw it.</summary>
    public double DowntimeMs { get; init; }

    /// <summary>Bytes copied over the time in the copying phase.</summary>
    public double CopyMegabytesPerSecond { get; init; }

    /// <summary>Writes acknowledged to the application, on the source and afterwards on the destination.</summary>
    public long WritesAcknowledged { get; init; }
}

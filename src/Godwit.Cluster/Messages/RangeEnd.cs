using Godwit.Bson;
using Godwit.Engine;
using Godwit.Engine.Copying;
using Godwit.Engine.Faults;
using Godwit.Engine.Verifying;

namespace Godwit.Cluster.Messages;

/// <summary>How a host's work on a range ended.</summary>
[GenerateSerializer]
internal sealed record RangeEnd
{
    /// <summary>The whole range is written.</summary>
    internal static readonly RangeEnd Done = new();

    /// <summary>The whole range is read on both sides.</summary>
    internal static RangeEnd Summed(RangeSums sums) =>
        new() { Source = SumsText.Of(sums.Source), Destination = SumsText.Of(sums.Destination) };

    [Id(0)]
    public bool IsLeftover { get; init; }

    [Id(1)]
    public FaultText? Fault { get; init; }

    [Id(2)]
    public FailureText? Failure { get; init; }

    [Id(3)]
    public SumsText? Source { get; init; }

    [Id(4)]
    public SumsText? Destination { get; init; }

    internal bool IsGood => this is { IsLeftover: false, Fault: null, Failure: null };

    /// <summary>What was summed up; <see langword="null"/> for nothing.</summary>
    internal RangeSums? ToSums() =>
        Source is { } source && Destination is { } destination ? new(source.ToSums(), destination.ToSums()) : null;

    /// <summary>What went wrong; <see langword="null"/> for nothing.</summary>
    internal Exception? ToException() =>
        IsLeftover ? new LeftoverException()
        : Failure is { } failure ? new MigrationFailedException(failure.Code, failure.Message, failure.Remedy)
        : Fault?.ToException();

    /// <summary>What went wrong; what nobody has foreseen ends the migration where people see it.</summary>
    internal static RangeEnd Of(Exception cause) =>
        cause switch
        {
            LeftoverException => new() { IsLeftover = true },
            MigrationFailedException failed => new() { Failure = new(failed.Code, failed.Message, failed.Remedy) },
            ClusterException fault => new()
            {
                Fault = new(
                    (int)fault.Side,
                    (int)fault.Stage,
                    // Somebody has closed the tickets: whether the leader itself was deposed, it finds out by itself.
                    (int)(fault.Kind == FaultKind.Fenced ? FaultKind.Transient : fault.Kind),
                    fault.Message,
                    fault.Code,
                    fault.ActualName?.ToString()
                ),
            },
            OperationCanceledException => Given(FaultKind.Transient, "the host leaves"),
            _ => Given(FaultKind.Bug, $"{cause.GetType().Name}: {cause.Message}"),
        };

    private static RangeEnd Given(FaultKind kind, string message) =>
        new() { Fault = new((int)Side.Destination, (int)Stage.Write, (int)kind, message, 0, null) };
}

/// <summary>A <see cref="ClusterException"/> on its way.</summary>
[GenerateSerializer]
internal sealed record FaultText(
    [property: Id(0)] int Side,
    [property: Id(1)] int Stage,
    [property: Id(2)] int Kind,
    [property: Id(3)] string Message,
    [property: Id(4)] int Code,
    [property: Id(5)] string? ActualName
)
{
    internal ClusterException ToException() =>
        new((Side)Side, (Stage)Stage, (FaultKind)Kind, Message, Code)
        {
            ActualName = ActualName is null ? null : Namespace.Parse(ActualName),
        };
}

/// <summary>A <see cref="MigrationFailedException"/> on its way.</summary>
[GenerateSerializer]
internal sealed record FailureText(
    [property: Id(0)] string Code,
    [property: Id(1)] string Message,
    [property: Id(2)] string Remedy
);

using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Cluster.Messages;

/// <summary>A <see cref="ChangeStreamRequest"/> for a part of the events, on its way.</summary>
/// <param name="Holder">What the events are marked with that stay with the host.</param>
/// <param name="ResumeAfter">The token to go on after; empty to start at a time.</param>
/// <param name="Begins">Whether there is a time to start at.</param>
/// <param name="StartAt">The time.</param>
/// <param name="AwaitTime">How long an empty batch is waited for.</param>
/// <param name="Index">Which of the parts.</param>
/// <param name="Of">How many there are.</param>
/// <param name="Facilities">Those that the host has to find on the source.</param>
/// <param name="Whole">Collections whose events the host does not keep.</param>
[GenerateSerializer]
internal sealed record StreamText(
    [property: Id(0)] long Holder,
    [property: Id(1)] byte[] ResumeAfter,
    [property: Id(2)] bool Begins,
    [property: Id(3)] long StartAt,
    [property: Id(4)] TimeSpan AwaitTime,
    [property: Id(5)] int Index,
    [property: Id(6)] int Of,
    [property: Id(7)] byte[] Facilities,
    [property: Id(8)] Guid[] Whole
)
{
    internal static StreamText From(
        ChangeStreamRequest request,
        long holder,
        RawDocument facilities,
        IEnumerable<Guid> whole
    ) =>
        new(
            holder,
            request.ResumeAfter.Bytes.ToArray(),
            request.StartAt is not null,
            (long)(request.StartAt ?? ClusterTime.Zero).Packed,
            request.AwaitTime,
            request.Part!.Value.Index,
            request.Part.Value.Of,
            facilities.Bytes.ToArray(),
            [.. whole]
        );

    internal ChangeStreamRequest ToRequest() =>
        new(new(ResumeAfter), Begins ? ClusterTime.FromPacked((ulong)StartAt) : null, KeysOnly: false, AwaitTime)
        {
            Part = new(Index, Of),
        };
}

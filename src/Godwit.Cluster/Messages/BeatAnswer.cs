namespace Godwit.Cluster.Messages;

/// <summary>What the leader tells a host.</summary>
/// <param name="Leader">Name of the host that leads.</param>
/// <param name="LeaderId">Its process.</param>
/// <param name="Refusal">Why this host cannot take part; <see langword="null"/> if it can.</param>
/// <param name="Remedy">What to do about it.</param>
/// <param name="End">How the migration ended; <see langword="null"/> while it runs.</param>
[GenerateSerializer]
internal sealed record BeatAnswer(
    [property: Id(0)] string Leader,
    [property: Id(1)] Guid LeaderId,
    [property: Id(2)] string? Refusal,
    [property: Id(3)] string? Remedy,
    [property: Id(4)] MigrationEnd? End
);

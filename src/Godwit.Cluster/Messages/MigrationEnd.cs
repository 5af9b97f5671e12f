namespace Godwit.Cluster.Messages;

/// <summary>How a migration ended, for the hosts that did not lead it.</summary>
/// <param name="ExitCode">Of the leader's process.</param>
/// <param name="Text">What it has told people.</param>
[GenerateSerializer]
internal sealed record MigrationEnd([property: Id(0)] int ExitCode, [property: Id(1)] string Text);

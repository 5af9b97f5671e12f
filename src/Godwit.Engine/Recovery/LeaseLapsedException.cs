namespace Godwit.Engine.Recovery;

/// <summary>The process stood still, or did not reach the destination, for so long that its fences may be forgotten (S18).</summary>
internal sealed class LeaseLapsedException(TimeSpan age)
    : Exception($"This process could not confirm for {age.TotalMinutes:F0} minutes that it holds the migration.");

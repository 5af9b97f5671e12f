namespace Godwit.Sandbox.Faults;

/// <summary>How long a slow disk or network takes: some time, and by chance up to as much more.</summary>
/// <param name="By">The least.</param>
/// <param name="Jitter">The most it takes more.</param>
/// <param name="Chance">Draws how much more.</param>
internal sealed record Slowness(TimeSpan By, TimeSpan Jitter, Chance Chance)
{
    /// <summary>How long it takes this time.</summary>
    internal TimeSpan Next() => By + TimeSpan.FromMilliseconds(Chance.Between(0, (int)Jitter.TotalMilliseconds + 1));
}

using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Verifying;

/// <summary>What is kept of a verification is never more than is true, whenever the process is killed.</summary>
public sealed class ResumedProofModelTests
{
    private const int Seeds = 3_000;

    /// <summary>Few of the runs with a shortcut miss something: these are tried until one does.</summary>
    private const int SeedsMax = 60_000;

    [Fact]
    [Requirement("S21")]
    [Requirement("S22")]
    public void No_difference_is_missed_by_going_on_from_what_was_kept()
    {
        var trusted = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var run = new ResumedProofModel(seed, Shortcut.None);
            run.Run().ShouldBeTrue($"seed {seed}");
            trusted += run.Trusted;
        }

        trusted.ShouldBeGreaterThan(Seeds);
    }

    [Theory]
    [InlineData(Shortcut.NoMissedChanges)]
    [InlineData(Shortcut.WatchFromNow)]
    [InlineData(Shortcut.KeepTimeOfRound)]
    [InlineData(Shortcut.KeepWithKeysLeft)]
    [InlineData(Shortcut.TimesFirst)]
    [InlineData(Shortcut.NoMark)]
    [InlineData(Shortcut.NoPlacement)]
    [InlineData(Shortcut.PlacementAfterMark)]
    [Requirement("S22")]
    public void Each_shortcut_misses_some(Shortcut shortcut) =>
        Enumerable
            .Range(0, SeedsMax)
            .Any(seed => !new ResumedProofModel(seed, shortcut).Run())
            .ShouldBeTrue($"{shortcut} missed nothing: the model does not notice it");
}

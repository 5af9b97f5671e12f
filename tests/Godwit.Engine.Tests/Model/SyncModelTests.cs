using System.Globalization;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Model;

/// <summary>
/// The rules of synchronisation hold for random migrations, and each rule is needed: without it some run diverges or some comparison
/// raises a false alarm. <c>GODWIT_MODEL_SEEDS</c> asks for more runs than the quick number.
/// </summary>
public sealed class SyncModelTests
{
    private static readonly int Seeds = int.Parse(
        Environment.GetEnvironmentVariable("GODWIT_MODEL_SEEDS") ?? "1500",
        CultureInfo.InvariantCulture
    );

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [Requirement("S5")]
    [Requirement("S6")]
    [Requirement("S10")]
    [Requirement("S12")]
    [Requirement("S14")]
    [Requirement("S16")]
    [Requirement("S17")]
    [Requirement("S19")]
    [Requirement("S21")]
    public void No_random_migration_diverges(bool prepared, bool definitions)
    {
        var compared = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var run = new ModelRun(seed, Omission.None, prepared, definitions);
            var failure = Record.Exception(run.Run);
            failure.ShouldBeNull($"seed {seed}, prepared {prepared}, definitions {definitions}");
            compared += run.Compared;
            if (!prepared)
            {
                run.Alarms.ShouldBe(0, $"seed {seed}: an aligned comparison of identical data found a difference");
            }
        }

        compared.ShouldBeGreaterThan(Seeds);
    }

    [Theory]
    [InlineData(Omission.NoRecovery, false, false)]
    [InlineData(Omission.NoCeiling, false, false)]
    [InlineData(Omission.LowCeiling, true, false)]
    [InlineData(Omission.NoFence, false, false)]
    [InlineData(Omission.Overtake, false, false)]
    [InlineData(Omission.OpenAtFrontier, false, false)]
    [InlineData(Omission.Stale, false, false)]
    [InlineData(Omission.NoCleaning, false, false)]
    [InlineData(Omission.HalfFrame, false, false)]
    [InlineData(Omission.PreparedAsDeltas, true, false)]
    [InlineData(Omission.EagerAcknowledgement, false, false)]
    [InlineData(Omission.ApplyBehindDoubt, false, false)]
    [InlineData(Omission.ByName, false, true)]
    [InlineData(Omission.IgnoreDefinitions, false, true)]
    public void Without_the_rule_some_random_migration_diverges(Omission omission, bool prepared, bool definitions)
    {
        for (var seed = 0; seed < 20 * Seeds; seed++)
        {
            if (Record.Exception(new ModelRun(seed, omission, prepared, definitions).Run) is DivergenceException)
            {
                return;
            }
        }

        Assert.Fail(
            $"{omission} made none of {20 * Seeds} runs diverge: the model does not notice that the rule is left out"
        );
    }

    [Fact]
    [Requirement("S21")]
    public void Comparing_keys_beyond_the_barrier_raises_false_alarms()
    {
        var alarms = 0;
        for (var seed = 0; seed < Seeds && alarms == 0; seed++)
        {
            var run = new ModelRun(seed, Omission.CompareAhead, prepared: false, definitions: false);
            run.Run();
            alarms = run.Alarms;
        }

        alarms.ShouldBeGreaterThan(0);
    }
}

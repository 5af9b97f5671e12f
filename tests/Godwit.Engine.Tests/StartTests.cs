using Godwit.Bson;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>How a migration begins, so that nothing that happens while it looks around is missed.</summary>
[Requirement("S4")]
public sealed class StartTests
{
    private readonly MigrationScenario scenario = new(61);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Where_the_stream_begins_is_saved_before_the_catalogue_is_listed()
    {
        scenario.Load("shop.orders", 20);
        var isSaved = new List<bool>();
        scenario.Source.BeforeListing = () =>
        {
            var position = scenario.Destination.ReadReserved(ReservedStore.Position).FirstOrDefault();
            isSaved.Add(!position.IsEmpty && position["floor"].AsTimestamp > ClusterTime.Zero);
            return _ => false;
        };

        await ExpectIdenticalAsync();

        isSaved.ShouldNotBeEmpty();
        isSaved.ShouldAllBe(one => one);
    }

    [Fact]
    public async Task A_collection_made_just_before_the_listing_is_copied_and_its_event_makes_no_second_one()
    {
        scenario.Load("shop.orders", 20);
        var isMade = false;
        scenario.Source.BeforeListing = () =>
        {
            if (!isMade)
            {
                isMade = true;
                scenario.Load("shop.late", 20);
            }

            return _ => false;
        };

        var report = await ExpectIdenticalAsync();

        report.Totals.DocumentsCopied.ShouldBe(40);
    }

    [Fact]
    public async Task A_collection_that_one_listing_lacks_because_it_is_being_renamed_is_neither_lost_nor_dropped()
    {
        scenario.Load("shop.orders", 20);
        scenario.Load("shop.customers", 20);
        var listings = 0;
        scenario.Source.BeforeListing = () =>
        {
            listings++;
            if (listings == 1)
            {
                // Under its old name it was not looked at yet, and under its new one it was looked for already.
                scenario.Source.RenameByUser("shop.orders", "shop.archive");
            }

            var isFirst = listings == 1;
            return name => isFirst && name.Collection == "archive";
        };

        await ExpectIdenticalAsync();

        scenario.Destination.Find("shop.archive", 1).IsEmpty.ShouldBeFalse();
    }

    private async Task<MigrationReport> ExpectIdenticalAsync()
    {
        var report = await scenario.RunAsync(MigrationScenario.Quick, Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        report.Verdict.Text.ShouldBe("identical");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
        return report;
    }
}

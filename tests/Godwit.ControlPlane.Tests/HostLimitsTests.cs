using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>What the source side says on its host holds whatever the Hub asks (P9), in processes of their own.</summary>
public sealed class HostLimitsTests
{
    [Fact]
    [Trait("Set", "Long")]
    [Requirement("A06")]
    public async Task A_migration_waits_for_the_hours_of_its_host_and_one_to_a_destination_it_does_not_allow_fails()
    {
        await using var stage = await Stage.SetAsync();
        // Of a minute that is half a week away.
        var far = TimeProvider.System.GetLocalNow().AddHours(84);
        await stage.Agent.RunAsync("limit", "--hours", $"{far:ddd HH:mm}-{far.AddMinutes(1):HH:mm}");
        var id = await stage.MigrateAsync();
        var path = $"{stage.Api.Own}/migrations/{id}";
        var waiting = await stage.Api.UntilAsync(path, one => one["failure"] is not null);
        ((string)waiting["status"]!, (string)waiting["failure"]!["code"]!).ShouldBe(
            ("WAITING", "MIGRATION_HOST_OUTSIDE_HOURS")
        );
        (await stage.Agent.RunAsync("limit", "--hours", "any", "--destination", "*.example.com")).ShouldContain(
            "Destinations: *.example.com"
        );
        var failed = await stage.Api.UntilAsync(path, one => (string)one["status"]! == "FAILED");
        ((string)failed["failure"]!["code"]!).ShouldBe("DESTINATION_NOT_ALLOWED");
        await stage.Agent.RunAsync("limit", "--destination", "any");
        await stage.ActAsync(id, "restart");
        await stage.UntilReadyAsync(id);
        await stage.CutOverAsync(id);
        await stage.UntilStatusAsync(id, "COMPLETE");
        await stage.ShouldBeIdenticalAsync(Stage.Documents);
    }
}

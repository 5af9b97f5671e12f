using Godwit.Agent;
using Godwit.Agent.Identity;
using Godwit.Agent.Inventory;
using Godwit.Agent.Migrations;
using Godwit.Agent.Validation;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Engine;
using Godwit.Engine.Pacing;
using Godwit.Engine.Preflight;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>What the source side lets a Hub ask of a migration host (P9), whatever that Hub says.</summary>
[Requirement("A06")]
public sealed class HostRulesTests : IDisposable
{
    private const string Organization = "0123456789abcdef01234567";

    private static readonly HubLink Link = new(
        new("https://hub.example.com"),
        null,
        "host",
        "vm001",
        "source",
        "project",
        Organization,
        "Main",
        ""
    );

    private readonly string root = Directory.CreateTempSubdirectory("godwit-rules-").FullName;

    // 2026-11-30 is a Monday.
    private readonly FakeTimeProvider time = new(new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));

    private AgentFolder Folder => new(root);

    private HostRules Rules => new(Folder, Link, time);

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("*.example.com", "mongodb://a.example.com,b.example.com:27018/", true)]
    [InlineData("*.example.com", "mongodb+srv://user:p%40ss@shop.EXAMPLE.com/", true)]
    [InlineData("*.example.com", "mongodb://a.example.com,evil.example.org/", false)]
    [InlineData("*.example.com", "mongodb://a.example.com.evil.org/", false)]
    [InlineData("*.example.com", "mongodb://a.example.com:secret@evil.org/?x=.example.com", false)]
    [InlineData("10.1.0.0/16", "mongodb://10.1.2.3/", true)]
    [InlineData("10.1.0.0/16", "mongodb://10.2.2.3/", false)]
    [InlineData("*", "mongodb://10.2.2.3/", false)]
    [InlineData("::1/128", "mongodb://[::1]:27017/", true)]
    public void Only_destinations_that_it_allows_are_migrated_to(string pattern, string address, bool isAllowed)
    {
        Rules.RequireDestination(address);
        new HostLimits(1, Destinations: [pattern]).Keep(Folder);
        if (isAllowed)
        {
            Rules.RequireDestination(address);
            return;
        }

        var refused = Should.Throw<AgentException>(() => Rules.RequireDestination(address));
        refused.Code.ShouldBe("DESTINATION_NOT_ALLOWED");
        refused.Message.ShouldNotContain("secret");
        refused.Remedy.ShouldContain("godwit agent limit");
    }

    [Theory]
    [InlineData("tlsCertificateKeyFile=%2Fetc%2Fkey.pem")]
    [InlineData("TLSCAFILE=/etc/shadow")]
    public void The_address_of_a_destination_names_no_file_of_this_host(string option) =>
        Should
            .Throw<AgentException>(() => Rules.RequireDestination($"mongodb://a.example.com/?tls=true&{option}"))
            .Code.ShouldBe("DESTINATION_ADDRESS_NAMES_FILE");

    [Fact]
    public void CA_files_come_from_the_folder_that_it_names_and_from_nowhere_else()
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, "ca")).FullName;
        var inside = Path.Combine(folder, "source.pem");
        var outside = Path.Combine(root, "outside.pem");
        File.WriteAllText(inside, "");
        File.WriteAllText(outside, "");
        File.CreateSymbolicLink(Path.Combine(folder, "link.pem"), outside);
        Rules.RequireAuthority(outside);
        Refused($"{folder}/../outside.pem");
        Refused("relative.pem");

        new HostLimits(1, AuthorityFolder: folder).Keep(Folder);
        Rules.RequireAuthority(inside);
        Rules.RequireAuthority(Path.Combine(folder, "not-there.pem"));
        foreach (
            var file in (string[])
                [outside, $"{folder}/../outside.pem", $"{folder}-other/a.pem", $"{folder}/link.pem", "/etc/passwd"]
        )
        {
            Refused(file);
        }

        void Refused(string file) =>
            Should.Throw<AgentException>(() => Rules.RequireAuthority(file)).Code.ShouldBe("CA_FILE_NOT_ALLOWED");
    }

    [Fact]
    public void A_CA_file_of_a_request_is_judged_where_the_address_of_the_source_is_made()
    {
        using var keys = HostKeys.Open(Folder);
        var inventory = new InventoryFile(Folder);
        inventory.Put(new("shop", "mongodb://source.example.com/", true));
        new HostLimits(1, AuthorityFolder: Path.Combine(root, "ca")).Keep(Folder);
        var sources = new SourceAddress(inventory, Link, keys, Rules);
        var access = new SourceAccess("shop", "project", null, null, true, "/etc/passwd");
        Should.Throw<AgentException>(() => sources.Compose(access)).Code.ShouldBe("CA_FILE_NOT_ALLOWED");
        sources.Compose(access with { AuthorityFile = null }).ShouldContain("tls=true");
    }

    [Fact]
    public void A_destination_is_judged_where_its_address_is_opened()
    {
        using var keys = HostKeys.Open(Folder);
        var order = SealedText.Seal(
            "mongodb://evil.example.org/",
            Convert.FromBase64String(keys.PublicSealingKey),
            DestinationAccess.Purpose(Link.HostId, "id")
        );
        var checks = new HostChecks(Folder, keys, Link, Rules, time);
        checks.OpenDestination(order, null, "id").ShouldBe("mongodb://evil.example.org/");
        new HostLimits(1, Destinations: ["*.example.com"]).Keep(Folder);
        Should
            .Throw<AgentException>(() => checks.OpenDestination(order, null, "id"))
            .Code.ShouldBe("DESTINATION_NOT_ALLOWED");
    }

    [Fact]
    public void Organizations_that_it_does_not_name_are_refused_even_where_nobody_is_asked()
    {
        Rules.Obstacle()!.Code.ShouldBe("SOURCE_APPROVAL_NEEDED");
        new Approvals(Folder).AllowAll();
        Rules.Obstacle().ShouldBeNull();
        new HostLimits(1, Organizations: ["fedcba987654321001234567"]).Keep(Folder);
        Rules.Obstacle()!.Code.ShouldBe("DESTINATION_ORGANIZATION_NOT_ALLOWED");
        new HostLimits(1, Organizations: [Organization]).Keep(Folder);
        Rules.Obstacle().ShouldBeNull();
    }

    [Fact]
    public void The_less_of_what_is_asked_for_and_its_share_of_the_hosts_rate_holds()
    {
        Rules.Bound(null).ShouldBeNull();
        new HostLimits(2, MegabytesPerSecond: 100, DocumentsPerSecond: 1001).Keep(Folder);
        Rules.Bound(null).ShouldBe(ReadLimits.Default with { BytesPerSecond = 50_000_000, DocumentsPerSecond = 500 });
        Rules.Bound(new(80_000_000, 20, TimeSpan.Zero)).ShouldBe(new ReadLimits(50_000_000, 20, TimeSpan.Zero));
        new HostLimits(2).Keep(Folder);
        Rules.Bound(null).ShouldBe(ReadLimits.Default);
        new HostLimits(2, MegabytesPerSecond: 100).Keep(Folder);
        Rules.HelpObstacle()!.Code.ShouldBe("SOURCE_APPROVAL_NEEDED");
        new Approvals(Folder).AllowAll();
        Rules.HelpObstacle()!.Code.ShouldBe("MIGRATION_HOST_LIMITED");
    }

    [Fact]
    [Requirement("D07")]
    public async Task Outside_of_its_hours_a_migration_waits_with_the_reason_and_begins_by_itself_within_them()
    {
        new Approvals(Folder).AllowAll();
        new HostLimits(1, Hours: ["22:00-06:00"]).Keep(Folder);
        using var runner = new MigrationRunner(
            new(Folder),
            null!,
            null!,
            new(Rules.Obstacle, Rules.Closed, Rules.Bound),
            null,
            time,
            NullLoggerFactory.Instance,
            () => { }
        );
        runner.Give("hub", Order(1, MigrationGoal.Follow));
        var running = runner.RunAsync(TestHub.Cancellation);
        runner.Report.Activity.ShouldBe(MigrationActivity.Waiting);
        runner.Report.Failure!.Code.ShouldBe("MIGRATION_HOST_OUTSIDE_HOURS");
        runner.Report.Failure.Message.ShouldContain("Mon 2026-11-30 22:00");

        // What it would read by is not there: that it tries shows that it does not wait any more.
        time.Advance(TimeSpan.FromHours(10));
        await Condition.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(runner.Report.Failure?.Code == "UNFORESEEN");
            },
            () => $"it was not begun: {runner.Report}",
            TimeSpan.FromMinutes(1),
            TestHub.Cancellation
        );
        runner.Give("hub", Order(2, MigrationGoal.Forget));
        await running;
    }

    [Fact]
    [Requirement("H14")]
    public async Task A_rate_that_is_said_while_an_engine_runs_holds_at_once_and_one_that_is_taken_away_no_more()
    {
        var applied = new List<ReadLimits>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestHub.Cancellation);
        var watching = new RateWatch(() => Rules.Bound(null), applied.Add, time).RunAsync(enough.Token);
        new HostLimits(1, MegabytesPerSecond: 10).Keep(Folder);
        await SeeAsync(1);
        applied[0].BytesPerSecond.ShouldBe(10_000_000);
        new HostLimits(1).Keep(Folder);
        await SeeAsync(2);
        applied[1].ShouldBe(ReadLimits.Default);
        await enough.CancelAsync();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        Task SeeAsync(int count) =>
            Condition.UntilAsync(
                () =>
                {
                    time.Advance(TimeSpan.FromSeconds(5));
                    return Task.FromResult(applied.Count == count);
                },
                () => $"it was applied {applied.Count} times",
                TimeSpan.FromMinutes(1),
                TestHub.Cancellation
            );
    }

    [Fact]
    [Requirement("D07")]
    public async Task A_copy_is_paused_when_the_hours_end_and_what_is_copied_is_followed_at_any_hour()
    {
        new HostLimits(1, Hours: ["08:00-13:00"]).Keep(Folder);
        var phase = MigrationPhase.Copying;
        var (paused, copied) = (0, 0);
        var watch = new HoursWatch(Rules.Closed, () => phase, () => paused++, () => copied++, time);
        var watching = watch.RunAsync(TestHub.Cancellation);
        watching.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromHours(1));
        await watching.WaitAsync(TimeSpan.FromMinutes(1), TestHub.Cancellation);
        (paused, copied, watch.Ended?.Code).ShouldBe((1, 0, "MIGRATION_HOST_OUTSIDE_HOURS"));

        phase = MigrationPhase.InSync;
        var later = new HoursWatch(Rules.Closed, () => phase, () => paused++, () => copied++, time);
        await later.RunAsync(TestHub.Cancellation);
        (paused, copied, later.Ended).ShouldBe((1, 1, null));
    }

    [Fact]
    public void A_file_of_limits_that_cannot_be_read_lets_nothing_begin()
    {
        new HostLimits(1, Hours: ["whenever"]).Keep(Folder);
        Rules.Closed()!.Code.ShouldBe("HOST_LIMITS_MALFORMED");
    }

    [Theory]
    [InlineData(20, FindingState.Passed)]
    [InlineData(15, FindingState.Warning)]
    public void A_validation_warns_where_the_oplog_does_not_reach_over_the_hours_in_between(
        int hours,
        FindingState state
    )
    {
        var source = new ClusterFacts { Address = "", OplogWindow = TimeSpan.FromHours(hours) };
        var finding = HoursCheck.Of(WeeklyHours.Parse(["22:00-06:00"]), source).Single();
        finding.State.ShouldBe(state);
        HoursCheck.Of(WeeklyHours.Parse([]), source).ShouldBeEmpty();
    }

    private static MigrationOrder Order(long revision, MigrationGoal goal) =>
        new(
            "0123456789abcdef01234567",
            revision,
            goal,
            new("shop", "p", null, null, false, null),
            "",
            null,
            null,
            null,
            false,
            false
        );
}

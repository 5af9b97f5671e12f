using Godwit.Engine.Preflight;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Preflight;

/// <summary>Everything that forbids a migration is said before it starts, all of it at once, each with what to do.</summary>
public sealed class PreflightChecksTests
{
    private static readonly ClusterFacts Good = new()
    {
        Address = "mongodb://a:27017",
        Version = new(8, 0, 10),
        FeatureCompatibilityVersion = "8.0",
        Identity = "one",
        OplogWindow = TimeSpan.FromHours(48),
    };

    private static readonly ClusterFacts OtherGood = Good with { Address = "mongodb://b:27017", Identity = "two" };

    [Fact]
    public void Two_healthy_replica_sets_may_start()
    {
        var findings = PreflightChecks.Run(Good, OtherGood, new());

        PreflightChecks.AllowStart(findings).ShouldBeTrue();
        findings.Select(f => f.Id).ShouldBeUnique();
    }

    [Fact, Requirement("B10")]
    public void What_is_said_of_the_cluster_that_answers_first_is_said_again_once_both_have_answered()
    {
        var silent = OtherGood with { Fault = new(ConnectionFaultKind.Unreachable, "connection refused") };
        var whole = PreflightChecks.Run(Good, silent, new());

        PreflightChecks.RunOne(Good, isSource: true, new()).Count.ShouldBeGreaterThan(5);
        PreflightChecks.RunOne(Good, isSource: true, new()).ShouldBeSubsetOf(whole);
        PreflightChecks.RunOne(silent, isSource: false, new()).ShouldHaveSingleItem().ShouldBeOneOf([.. whole]);
    }

    [Fact, Requirement("S29")]
    public void What_could_not_be_turned_round_after_the_cutover_is_refused_before_the_start_if_that_is_wanted()
    {
        var reversible = new PreflightOptions { IsReversible = true };
        var newer = OtherGood with { Version = new(9, 0, 0), FeatureCompatibilityVersion = "9.0" };

        PreflightChecks.AllowStart(PreflightChecks.Run(Good, OtherGood, reversible)).ShouldBeTrue();
        PreflightChecks.AllowStart(PreflightChecks.Run(Good, newer, new())).ShouldBeTrue();
        Refused(newer, reversible).ShouldContain("newer than the source");
        Refused(OtherGood, reversible with { IgnoreExisting = true }).ShouldContain("other collections");

        static string Refused(ClusterFacts destination, PreflightOptions options) =>
            PreflightChecks
                .Run(Good, destination, options)
                .Single(finding => finding.State == FindingState.Failed && finding.Id == "reversible")
                .Message;
    }

    [Fact, Requirement("C02")]
    public void A_standalone_source_is_refused_with_how_to_convert_it()
    {
        var finding = Failure(Good with { Shape = ClusterShape.Standalone }, OtherGood);

        finding.Id.ShouldBe("shape-source");
        finding.Remedy.ShouldContain("rs.initiate()");
    }

    [Fact, Requirement("C12")]
    public void What_endangers_a_migration_without_forbidding_it_is_warned_of()
    {
        ShouldWarn(Good with { ClockSkew = TimeSpan.FromSeconds(-90) }, "clock-source", "-90 s");
        ShouldWarn(Good with { Arbiters = 1, DataBearingMembers = 2 }, "majority-source", "arbiter");
        ShouldWarn(Good with { RunningIndexBuilds = [new("shop", "orders")] }, "index-builds-source", "shop.orders");

        static void ShouldWarn(ClusterFacts source, string id, string message)
        {
            Find(Good, new(), id).State.ShouldBe(FindingState.Passed);
            var finding = Find(source, new(), id);
            finding.State.ShouldBe(FindingState.Warning);
            finding.Message.ShouldContain(message);
            finding.Remedy.ShouldNotBeEmpty();
        }
    }

    [Fact, Requirement("C12")]
    public void A_majority_that_is_out_of_reach_forbids_the_start() =>
        Failure(Good with { IsMajorityReachable = false }, OtherGood).Id.ShouldBe("majority-source");

    [Fact, Requirement("C14")]
    public void Users_that_pass_a_write_block_are_named_if_one_is_asked_for()
    {
        var source = Good with
        {
            IsAuthorizationEnabled = true,
            User = "mover@admin",
            Actions = null,
            UsersPassingBlock = ["app@shop", "mover@admin"],
        };

        var finding = Find(source, new() { BlockSourceWrites = true }, "write-block-bypass-source");

        finding.State.ShouldBe(FindingState.Warning);
        finding.Message.ShouldContain("app@shop");
        finding.Message.ShouldNotContain("mover@admin");
        PreflightChecks.Run(source, OtherGood, new()).ShouldAllBe(one => one.Id != finding.Id);
    }

    [Fact, Requirement("C14")]
    public void Whether_others_pass_a_write_block_is_not_claimed_where_users_cannot_be_read()
    {
        var source = Good with { IsAuthorizationEnabled = true, User = "mover@admin", Actions = null };

        Find(source, new() { BlockSourceWrites = true }, "write-block-bypass-source")
            .Remedy.ShouldContain("userAdminAnyDatabase");
        Find(
            source with
            {
                UsersPassingBlock = ["mover@admin"],
            },
            new() { BlockSourceWrites = true },
            "write-block-bypass-source"
        )
            .State.ShouldBe(FindingState.Passed);
    }

    [Fact, Requirement("C12")]
    public void Collections_with_jumbo_chunks_are_named()
    {
        var sharded = Good with
        {
            Shape = ClusterShape.Sharded,
            Shards = ["s0", "s1"],
            JumboCollections = [new("shop", "orders")],
        };

        Find(sharded, new(), "jumbo-chunks-source").Message.ShouldContain("shop.orders");
        Find(sharded with { JumboCollections = [] }, new(), "jumbo-chunks-source").State.ShouldBe(FindingState.Passed);
    }

    [Fact, Requirement("S34")]
    public void Sharded_clusters_may_start_on_either_side()
    {
        var sharded = Good with { Shape = ClusterShape.Sharded, Shards = ["s0", "s1"] };

        PreflightChecks.AllowStart(PreflightChecks.Run(sharded, OtherGood, new())).ShouldBeTrue();
        PreflightChecks.AllowStart(PreflightChecks.Run(OtherGood, sharded, new())).ShouldBeTrue();
        PreflightChecks
            .AllowStart(PreflightChecks.Run(sharded, sharded with { Identity = "two", Shards = ["a"] }, new()))
            .ShouldBeTrue();
    }

    [Fact, Requirement("S34")]
    public void A_shard_addressed_as_if_it_stood_alone_is_refused_on_either_side()
    {
        var shard = Good with { IsPartOfSharded = true };

        Failure(shard, OtherGood).Remedy.ShouldContain("mongos");
        Failure(OtherGood, shard).Id.ShouldBe("shape-destination");
    }

    [Fact, Requirement("C08")]
    public void Shards_whose_oplog_cannot_be_read_are_named()
    {
        var silent = Good with { Shape = ClusterShape.Sharded, Shards = ["s0"], SilentShards = ["s0 (h:1): refused"] };

        var finding = PreflightChecks.Run(silent, OtherGood, new()).Single(one => one.Id == "oplog-window");

        finding.State.ShouldBe(FindingState.Warning);
        finding.Message.ShouldContain("s0 (h:1): refused");
    }

    [Fact, Requirement("C01")]
    public void A_destination_older_than_the_source_is_refused() =>
        Failure(Good, OtherGood with { Version = new(7, 0, 20), FeatureCompatibilityVersion = "7.0" })
            .Id.ShouldBe("version-pair");

    [Theory, Requirement("C01")]
    [InlineData("6.0.16", "6.0")]
    [InlineData("7.0.12", "7.0")]
    [InlineData("5.0.30", "5.0")]
    public void Versions_below_the_floor_of_their_line_are_refused(string version, string fcv) =>
        Failure(Good with { Version = Version.Parse(version), FeatureCompatibilityVersion = fcv }, OtherGood)
            .Id.ShouldBe("version-source");

    [Fact, Requirement("C11")]
    public void A_compatibility_version_behind_the_binary_is_refused_with_the_command() =>
        Failure(Good with { FeatureCompatibilityVersion = "7.0" }, OtherGood)
            .Remedy.ShouldContain("setFeatureCompatibilityVersion \"8.0\"");

    [Fact, Requirement("C11")]
    public void In_the_middle_of_an_upgrade_only_what_has_begun_goes_on()
    {
        var upgraded = Good with { FeatureCompatibilityVersion = "7.0" };
        var older = OtherGood with { Version = new(7, 0, 21), FeatureCompatibilityVersion = "7.0" };
        var begun = older with { Migrations = [new("m1", "one", "RUNNING", IsFinished: false)] };
        var over = older with { Migrations = [new("m1", "one", "COMMITTED", IsFinished: true)] };

        var findings = PreflightChecks.Run(upgraded, begun, new());

        PreflightChecks.AllowStart(findings).ShouldBeTrue();
        foreach (var id in new[] { "fcv-source", "version-pair" })
        {
            findings.Single(one => one.Id == id).State.ShouldBe(FindingState.Warning);
        }

        PreflightChecks.AllowStart(PreflightChecks.Run(upgraded, older, new())).ShouldBeFalse();
        PreflightChecks.AllowStart(PreflightChecks.Run(upgraded, over, new())).ShouldBeFalse();
    }

    [Fact]
    public void The_same_deployment_under_two_addresses_is_refused() =>
        Failure(Good, OtherGood with { Identity = Good.Identity }).Id.ShouldBe("same-cluster");

    [Fact, Requirement("S8")]
    public void Capped_collections_that_cannot_be_read_at_a_time_are_named_and_in_nobodys_way()
    {
        var log = new NamespaceFacts(new("shop", "log"), "collection", 1, 1, 1, IsCapped: true);
        var older = Good with { Version = new(7, 0, 20), FeatureCompatibilityVersion = "7.0", Namespaces = [log] };

        var findings = PreflightChecks.Run(older, OtherGood, new());

        PreflightChecks.AllowStart(findings).ShouldBeTrue();
        findings.Single(one => one.Id == "unsupported-content").Message.ShouldContain("shop.log");
    }

    [Fact, Requirement("C09")]
    public void A_namespace_on_both_sides_is_refused_even_if_existing_data_is_accepted()
    {
        var orders = new NamespaceFacts(new("shop", "orders"), "collection", 1, 1, 1);
        var findings = PreflightChecks.Run(
            Good with
            {
                Namespaces = [orders],
            },
            OtherGood with
            {
                Namespaces = [orders],
            },
            new() { IgnoreExisting = true }
        );

        findings.Single(f => f.State == FindingState.Failed).Message.ShouldContain("shop.orders");
    }

    [Fact]
    public void A_destination_with_other_collections_is_refused_until_they_are_accepted()
    {
        var destination = OtherGood with { Namespaces = [new(new("old", "things"), "collection", 1, 1, 1)] };

        Failure(Good, destination).Remedy.ShouldContain("--ignore-existing");
        PreflightChecks
            .AllowStart(PreflightChecks.Run(Good, destination, new() { IgnoreExisting = true }))
            .ShouldBeTrue();
    }

    [Fact]
    public void A_migration_of_this_source_is_resumed_and_one_of_another_source_refused()
    {
        var resumed = OtherGood with
        {
            Migrations = [new("m1", "one", "RUNNING", false)],
            Namespaces = [new(new("shop", "orders"), "collection", 1, 1, 1)],
        };

        PreflightChecks.AllowStart(PreflightChecks.Run(Good, resumed, new())).ShouldBeTrue();
        Failure(Good, OtherGood with { Migrations = [new("m1", "three", "RUNNING", false)] })
            .Id.ShouldBe("other-migration");
    }

    [Fact, Requirement("C03")]
    public void Every_missing_privilege_is_named_with_the_command_that_grants_it()
    {
        var actions = new HashSet<string> { "find", "changeStream", "listDatabases", "listCollections" };
        var finding = Failure(
            Good with
            {
                IsAuthorizationEnabled = true,
                User = "mover@admin",
                Actions = actions,
            },
            OtherGood
        );

        finding.Message.ShouldContain("appendOplogNote");
        finding.Remedy.ShouldContain("db.grantRolesToUser(\"mover\"");
    }

    [Fact, Requirement("S27")]
    public void Blocking_writes_is_refused_where_it_would_block_the_migration_itself()
    {
        var findings = PreflightChecks.Run(Good, OtherGood, new() { BlockSourceWrites = true });

        findings.Single(f => f.State == FindingState.Failed).Id.ShouldBe("write-block");
    }

    [Fact]
    public void An_unreachable_cluster_gives_one_finding_and_the_other_cluster_is_still_judged()
    {
        var unreachable = Good with { Fault = new(ConnectionFaultKind.Unreachable, "connection refused") };
        var findings = PreflightChecks.Run(unreachable, OtherGood with { FeatureCompatibilityVersion = "7.0" }, new());

        findings
            .Where(f => f.State == FindingState.Failed)
            .Select(f => f.Id)
            .ShouldBe(["reachable-source", "fcv-destination"]);
    }

    [Fact, Requirement("S20")]
    public void A_migration_of_another_source_goes_on_with_this_one_only_if_a_person_says_so()
    {
        var destination = OtherGood with { Migrations = [new("m", "another", "None", IsFinished: false)] };

        var refused = Failure(Good, destination);
        var accepted = PreflightChecks.Run(Good, destination, new() { AcceptHistoryChange = true });

        refused.Id.ShouldBe("other-migration");
        refused.Remedy.ShouldContain("--accept-history-change");
        PreflightChecks.AllowStart(accepted).ShouldBeTrue();
        accepted.Single(f => f.Id == "other-migration").State.ShouldBe(FindingState.Warning);
    }

    [Fact, Requirement("C10")]
    public void A_short_oplog_is_warned_of_with_the_size_to_set()
    {
        var source = Good with
        {
            OplogWindow = TimeSpan.FromMinutes(5),
            OplogBytesMax = 100_000_000,
            Namespaces = [new(new("shop", "orders"), "collection", 1, 100_000_000_000, 1)],
        };
        var warning = PreflightChecks.Run(source, OtherGood, new()).Single(f => f.Id == "oplog-window");

        warning.State.ShouldBe(FindingState.Warning);
        warning.Remedy.ShouldContain("replSetResizeOplog");
    }

    [Fact, Requirement("C08")]
    public void A_resumed_migration_needs_room_only_for_what_is_not_there_yet()
    {
        var orders = new NamespaceFacts(new("shop", "orders"), "collection", 1, 1, 10_000_000);
        var destination = OtherGood with { FreeDiskBytes = 3_000_000, Namespaces = [orders] };
        var source = Good with { Namespaces = [orders] };

        Failure(source, destination with { Namespaces = [] }).Id.ShouldBe("disk-destination");
        PreflightChecks
            .AllowStart(
                PreflightChecks.Run(source, destination with { Migrations = [new("m", "one", "None", false)] }, new())
            )
            .ShouldBeTrue();
    }

    [Fact, Requirement("C04")]
    public void A_user_that_lacks_one_kind_of_SCRAM_credentials_is_told_which_and_how_to_add_it()
    {
        var source = Good with { IsAuthorizationEnabled = true, User = "mover@admin" };

        Scram("SCRAM-SHA-1", "SCRAM-SHA-256").State.ShouldBe(FindingState.Passed);
        var lacking = Scram("SCRAM-SHA-256");
        lacking.State.ShouldBe(FindingState.Warning);
        lacking.Message.ShouldContain("SCRAM-SHA-1");
        lacking.Remedy.ShouldContain("""db.getSiblingDB("admin").updateUser("mover",""");
        Scram("MONGODB-X509").Message.ShouldContain("MONGODB-X509, not by SCRAM");

        Finding Scram(params string[] mechanisms) =>
            Find(source with { Mechanisms = mechanisms }, new(), "scram-source");
    }

    [Fact, Requirement("B13")]
    public void A_destination_with_less_memory_or_fewer_processors_than_the_source_is_warned_of()
    {
        const long gigabyte = 1024L * 1024 * 1024;
        var source = Good with { MemoryBytes = 16 * gigabyte, Processors = 4 };
        var same = OtherGood with { MemoryBytes = 16 * gigabyte, Processors = 4 };

        Size(same).State.ShouldBe(FindingState.Passed);
        Size(OtherGood).Message.ShouldContain("not reported");
        Size(same with { Processors = 2 }).State.ShouldBe(FindingState.Warning);
        var small = Size(same with { MemoryBytes = 8 * gigabyte });
        small.State.ShouldBe(FindingState.Warning);
        small.Message.ShouldContain("8.0 GB of memory and 4 processors, the source's 16.0 GB and 4");

        Finding Size(ClusterFacts destination) =>
            PreflightChecks.Run(source, destination, new()).Single(one => one.Id == "size-destination");
    }

    [Fact, Requirement("S22")]
    public void It_is_said_whether_others_can_be_kept_from_writing_to_the_destination()
    {
        var guarded = OtherGood with
        {
            IsAuthorizationEnabled = true,
            User = "mover@admin",
            Actions = new HashSet<string> { "setUserWriteBlockMode", "bypassWriteBlockingMode" },
        };

        Block(guarded, new()).State.ShouldBe(FindingState.Passed);
        Block(guarded, new() { IgnoreExisting = true }).State.ShouldBe(FindingState.Warning);
        Block(OtherGood, new()).Message.ShouldContain("without authentication");
        var lacking = Block(guarded with { Actions = new HashSet<string>() }, new());
        lacking.Message.ShouldContain("lacks setUserWriteBlockMode, bypassWriteBlockingMode");
        lacking.Remedy.ShouldContain("\"restore\"");

        static Finding Block(ClusterFacts destination, PreflightOptions options) =>
            PreflightChecks.Run(Good, destination, options).Single(f => f.Id == "write-block-destination");
    }

    [Fact, Requirement("D10")]
    public void Traffic_that_leaves_this_host_unencrypted_is_warned_of()
    {
        Encryption(Good).State.ShouldBe(FindingState.Warning);
        Encryption(Good with { IsEncrypted = true }).State.ShouldBe(FindingState.Passed);
        Encryption(Good with { IsLocal = true }).State.ShouldBe(FindingState.Passed);

        static Finding Encryption(ClusterFacts source) =>
            PreflightChecks.Run(source, OtherGood, new()).Single(f => f.Id == "encryption-source");
    }

    [Theory, Requirement("C06")]
    [InlineData(ConnectionFaultKind.CertificateExpired, "expired")]
    [InlineData(ConnectionFaultKind.CertificateName, "not for the host name")]
    [InlineData(ConnectionFaultKind.CertificateUntrusted, "not signed by an authority")]
    [InlineData(ConnectionFaultKind.CertificateFile, "cannot be read")]
    public void Problems_with_certificates_are_told_apart(ConnectionFaultKind kind, string words)
    {
        var finding = Failure(Good with { Fault = new(kind, "detail") }, OtherGood);

        finding.Message.ShouldContain(words);
        finding.Remedy.ShouldNotBeEmpty();
    }

    private static Finding Find(ClusterFacts source, PreflightOptions options, string id) =>
        PreflightChecks.Run(source, OtherGood, options).Single(one => one.Id == id);

    private static Finding Failure(ClusterFacts source, ClusterFacts destination) =>
        PreflightChecks
            .Run(source, destination, new())
            .Where(f => f.State == FindingState.Failed)
            .ShouldHaveSingleItem();
}

using Godwit.Bson;
using Godwit.Engine.Preflight;
using Godwit.Engine.Scoping;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Scoping;

/// <summary>What stands against a migration beside others to one destination.</summary>
[Requirement("H12")]
[Requirement("S32")]
public sealed class SharedDestinationTests
{
    private const string Shop = """[{"database": "shop"}]""";
    private static readonly Namespace Orders = new("shop", "orders");
    private static readonly Namespace Log = new("log", "lines");

    [Fact]
    public void Names_that_both_move_are_refused_whichever_of_them_has_them_by_now()
    {
        var other = Recorded("one", Shop) with { Holds = [Orders] };

        Find([other], "two", Scope(Shop), []).ShouldNotBeNull().ShouldContain("shop.orders");
        Find([other with { Holds = [] }], "two", NamespaceScope.Everything, [Log, Orders])
            .ShouldNotBeNull()
            .ShouldContain("moves shop.orders, too");
        Find([other], "two", Scope("""[{"databaseRegex": {"pattern": "^sh"}}]"""), []).ShouldNotBeNull();
    }

    [Fact]
    public void Names_count_as_they_are_on_the_destination()
    {
        const string aside = """[{"from": {"database": "shop"}, "to": {"database": "store"}}]""";
        var other = Recorded("one", Shop, aside) with { Holds = [Orders] };

        Find([other], "two", Scope(Shop), [Orders]).ShouldBeNull("its shop is the destination's store");
        Find([other], "two", Scope("""[{"database": "store"}]"""), []).ShouldNotBeNull().ShouldContain("store.orders");
        Find(
                [other],
                "two",
                Scope("""[{"database": "log"}]""", """[{"from": {"database": "log"}, "to": {"database": "store"}}]"""),
                [Log]
            )
            .ShouldNotBeNull()
            .ShouldContain("store.lines");
    }

    [Fact]
    public void Each_needs_a_name_and_one_that_is_over_is_in_nobodys_way()
    {
        var other = Recorded("one", Shop);

        Find([other], "", Scope("""[{"database": "log"}]"""), [Log]).ShouldNotBeNull().ShouldContain("has no name");
        Find([other with { Name = "" }], "two", Scope("""[{"database": "log"}]"""), [Log])
            .ShouldNotBeNull()
            .ShouldContain("for itself");
        Find([other], "one", Scope(Shop), [Orders]).ShouldBeNull("it is this one");
        Find([other with { Scope = null }], "two", Scope(Shop), [Orders])
            .ShouldBeNull("it has not said what it moves, and looks for this one after that");
        Find([other with { IsFinished = true, Holds = [Orders] }], "two", Scope(Shop), [Orders]).ShouldBeNull();
    }

    private static string? Find(
        IReadOnlyList<RecordedMigration> recorded,
        string name,
        NamespaceScope scope,
        IReadOnlyCollection<Namespace> names
    ) => SharedDestination.FindObjection(recorded, name, scope, names);

    private static NamespaceScope Scope(string include, string remap = "") => NamespaceScope.Parse(include, "", remap);

    private static RecordedMigration Recorded(string name, string include, string remap = "") =>
        new("some-id", "source", "None", IsFinished: false) { Name = name, Scope = Scope(include, remap).Text };
}

using Godwit.Bson;
using Godwit.Engine.Scoping;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Scoping;

/// <summary>Filters and mappings are read as mongosync writes them; what cannot be meant is refused by name.</summary>
public sealed class NamespaceScopeTests
{
    [Theory]
    [InlineData("[]", "a.b c.d")]
    [InlineData("""[{"database": "a"}]""", "a.b a.bb")]
    [InlineData("""[{"database": "a", "collections": ["b"]}]""", "a.b")]
    [InlineData(
        """[{"databaseRegex": {"pattern": "^[AC]$", "options": "i"}, "collectionsRegex": {"pattern": "b$"}}]""",
        "a.b a.bb"
    )]
    [InlineData("""[{"database": "a", "collectionsRegex": {"pattern": "^b$"}}, {"database": "c"}]""", "a.b c.d")]
    [InlineData("""[{"database": "a", "collections": ["measured"]}]""", "a.measured a.system.buckets.measured")]
    [Requirement("H09")]
    public void What_one_item_matches_is_included(string include, string names)
    {
        var scope = NamespaceScope.Parse(include, "", "");
        foreach (var name in names.Split(' '))
        {
            scope.Includes(Namespace.Parse(name)).ShouldBeTrue(name);
        }

        scope.Includes(new("elsewhere", "b")).ShouldBe(include == "[]");
    }

    [Fact]
    [Requirement("H09")]
    public void What_is_excluded_is_taken_from_what_is_included()
    {
        var scope = NamespaceScope.Parse(
            """[{"database": "a"}]""",
            """[{"database": "a", "collections": ["b"]}]""",
            ""
        );
        scope.Includes(new("a", "b")).ShouldBeFalse();
        scope.Includes(new("a", "c")).ShouldBeTrue();
    }

    [Fact]
    [Requirement("H09")]
    public void Databases_are_called_otherwise_on_the_destination_and_found_back()
    {
        var scope = NamespaceScope.Parse("", "", """[{"from": {"database": "a"}, "to": {"database": "b"}}]""");
        scope.ToDestination(new("a", "x")).ShouldBe(new("b", "x"));
        scope.ToSource(new("b", "x")).ShouldBe(new("a", "x"));
        scope.ToSource(new("c", "x")).ShouldBe(new("c", "x"));
        scope.ToSource(new("a", "x")).Database.ShouldNotBe("a", "nothing of the source is mapped to it");
        scope.Collisions([new("a", "x"), new("b", "y")]).ShouldBe(["b"]);
        NamespaceScope
            .Parse(
                "",
                "",
                """[{"from": {"database": "a"}, "to": {"database": "b"}}, {"from": {"database": "b"}, "to": {"database": "a"}}]"""
            )
            .Collisions([new("a", "x"), new("b", "y")])
            .ShouldBeEmpty("they change places");
    }

    [Theory]
    [InlineData("{}", "'includeNamespaces' must be a list")]
    [InlineData("[", "'includeNamespaces' is not JSON")]
    [InlineData("[{}]", "needs either 'database' or 'databaseRegex'")]
    [InlineData("""[{"collections": ["a"]}]""", "needs either 'database' or 'databaseRegex'")]
    [InlineData("""[{"database": "a", "databaseRegex": {"pattern": "a"}}]""", "needs either")]
    [InlineData("""[{"database": "a", "collections": []}]""", "'collections' must be a list of names")]
    [InlineData(
        """[{"database": "a", "collections": ["b"], "collectionsRegex": {"pattern": "b"}}]""",
        "either 'collections' or"
    )]
    [InlineData("""[{"database": "admin"}]""", "the database admin is never migrated")]
    [InlineData("""[{"database": "a.b"}]""", "'a.b' is no name of a database")]
    [InlineData("""[{"database": "a", "collections": ["system.views"]}]""", "system.views is the server's own")]
    [InlineData("""[{"databaseRegex": {"pattern": "("}}]""", "'(' is no regular expression")]
    [InlineData("""[{"databaseRegex": {"pattern": "a", "options": "q"}}]""", "'q' is no option")]
    [InlineData("""[{"database": "a", "collection": "b"}]""", "a filter has no 'collection'")]
    [Requirement("H09")]
    public void A_filter_that_cannot_be_meant_is_named(string include, string message) =>
        Should.Throw<ScopeException>(() => NamespaceScope.Parse(include, "", "")).Message.ShouldContain(message);

    [Theory]
    [InlineData("""[{"from": {"database": "a"}, "to": {"database": "A"}}]""", "changes only its case")]
    [InlineData("""[{"from": {"database": "a"}, "to": {"database": "config"}}]""", "config is never migrated")]
    [InlineData(
        """[{"from": {"database": "a"}, "to": {"database": "c"}}, {"from": {"database": "b"}, "to": {"database": "c"}}]""",
        "names c twice"
    )]
    [InlineData(
        """[{"from": {"database": "a", "collection": "b"}, "to": {"database": "c"}}]""",
        "each item of 'namespaceRemap' is"
    )]
    [Requirement("H09")]
    public void A_mapping_that_cannot_be_meant_is_named(string remap, string message) =>
        Should.Throw<ScopeException>(() => NamespaceScope.Parse("", "", remap)).Message.ShouldContain(message);
}

using Godwit.Cluster;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Hosts;

/// <summary>How it is said where hosts find each other.</summary>
public sealed class MembershipTests
{
    [Theory]
    [Requirement("H08")]
    [InlineData("redis://cache", "cache:6379,connectTimeout=5000,abortConnect=true")]
    [InlineData(
        "rediss://me:a%40b@cache:7000",
        "cache:7000,connectTimeout=5000,abortConnect=true,ssl=true,user=me,password=a@b"
    )]
    [InlineData("postgres://me:x@db/godwit", "Host=db;Port=5432;Username=me;Password=x;Database=godwit;Timeout=5")]
    public void An_address_is_told_to_its_client(string text, string expected) =>
        Membership.Parse(text).Address.ShouldBe(expected);

    [Theory]
    [Requirement("H08")]
    [InlineData("cache:6379")]
    [InlineData("mysql://root:hidden@db/x")]
    [InlineData("")]
    public void Anything_else_is_refused_with_what_it_takes_and_without_its_password(string text) =>
        Should
            .Throw<FormatException>(() => Membership.Parse(text))
            .Message.ShouldSatisfyAllConditions(
                message => message.ShouldContain("redis://HOST"),
                message => message.ShouldNotContain("hidden")
            );
}

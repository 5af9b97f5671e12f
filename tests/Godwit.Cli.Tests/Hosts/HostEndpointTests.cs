using System.Net;
using Godwit.Cluster;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Hosts;

/// <summary>How the other hosts reach this one.</summary>
public sealed class HostEndpointTests
{
    [Fact]
    [Requirement("H08")]
    public void Without_a_port_a_free_one_is_taken()
    {
        var (reached, listens) = HostEndpoint.Parse("127.0.0.1", null).Settle();
        reached.Address.ShouldBe(IPAddress.Loopback);
        reached.Port.ShouldBeGreaterThan(0);
        listens.ShouldBe(reached);
    }

    [Fact]
    [Requirement("H08")]
    public void A_port_that_is_given_is_kept_for_firewalls() =>
        HostEndpoint.Parse("10.1.2.3:7711", null).Listens.ShouldBe(new(IPAddress.Parse("10.1.2.3"), 7711));

    [Fact]
    [Requirement("H08")]
    public void What_others_reach_may_be_translated_to_where_it_listens()
    {
        var (reached, listens) = HostEndpoint.Parse("[2001:db8::7]:7711", "10.1.2.3:80");
        reached.ShouldBe(new(IPAddress.Parse("2001:db8::7"), 7711));
        listens.ShouldBe(new(IPAddress.Parse("10.1.2.3"), 80));
    }

    [Fact]
    [Requirement("H08")]
    public void An_address_of_another_machine_is_refused_with_what_to_do() =>
        Should
            .Throw<ClusterSetUpException>(() => HostEndpoint.Parse("192.0.2.1", null).Settle())
            .Remedy.ShouldContain("--host-listen");

    [Theory]
    [InlineData("host.example.com", null, "'host.example.com' is no IP address")]
    [InlineData("10.1.2.3", "10.1.2.4:80", "'10.1.2.3' has no port")]
    [InlineData("10.1.2.3:80", "10.1.2.4", "'10.1.2.4' is no IP address with a port")]
    [Requirement("H08")]
    public void Anything_else_is_refused_with_what_it_takes(string reached, string? listens, string why) =>
        Should.Throw<FormatException>(() => HostEndpoint.Parse(reached, listens)).Message.ShouldContain(why);
}

using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Verbs;

/// <summary>A value that cannot work is refused by name before anything begins, rather than by a failure half-way.</summary>
public sealed class OptionRulesTests
{
    [Theory]
    [InlineData("--replica-set must lie between 1 and 50", "sandbox", "--replica-set", "0")]
    [InlineData("--port must lie between 0 and 65535", "sandbox", "--port", "99999")]
    [InlineData("--oplog-size-mb must be at least 1", "sandbox", "--oplog-size-mb", "0")]
    [InlineData("--periodic-noop-seconds must lie between 1 and 10", "sandbox", "--periodic-noop-seconds", "11")]
    [InlineData("--restore: there is no folder '/nonexistent'", "sandbox", "--restore", "/nonexistent")]
    [InlineData("--tls: there is no file '/nonexistent'", "sandbox", "--tls", "/nonexistent")]
    [InlineData(
        "--standalone is not offered with --sharded: leave it out",
        "sandbox",
        "--sharded",
        "2x1",
        "--standalone"
    )]
    [InlineData(
        "--sharded is not offered with --configsvr: leave it out",
        "sandbox",
        "--configsvr",
        "--sharded",
        "2x1"
    )]
    [InlineData(
        "--auth with --configsvr or --shardsvr wants --key-file: the cluster's processes log in to one another with it",
        "sandbox",
        "--shardsvr",
        "--auth",
        "me:x"
    )]
    [InlineData("--seconds must be at least 0", "demo", "--seconds", "-1")]
    [InlineData(
        "--host-address: 'here' is no IP address, nor one with a port (IP:PORT)",
        "migrate",
        "--source",
        "s",
        "--destination",
        "d",
        "--host-address",
        "here"
    )]
    [InlineData(
        "--host-certificate and --host-authority belong together: give both or none",
        "migrate",
        "--source",
        "s",
        "--destination",
        "d",
        "--host-certificate",
        "/etc/hostname"
    )]
    [InlineData(
        "--report: there is no folder for '/nonexistent/report.json'",
        "migrate",
        "--source",
        "s",
        "--destination",
        "d",
        "--report",
        "/nonexistent/report.json"
    )]
    public void A_value_that_cannot_work_is_named_with_what_is_accepted(string message, params string[] arguments) =>
        CommandLine.Build().Parse(arguments).Errors.ShouldHaveSingleItem().Message.ShouldBe(message);

    [Theory]
    [InlineData("sandbox", "--replica-set", "50", "--port", "0", "--restore", "/")]
    [InlineData("migrate", "--source", "s", "--destination", "d", "--report", "report.json")]
    [InlineData("migrate", "--source", "s", "--destination", "d", "--cluster", "redis://cache")]
    [InlineData("sandbox", "--sharded", "2x3", "--mongos", "2")]
    [InlineData("sandbox", "--configsvr", "--mongos", "2")]
    [InlineData("sandbox", "--configsvr", "--auth", "me:x", "--key-file", "/etc/hostname", "--tls", "/etc/hostname")]
    public void A_value_that_can_work_is_accepted(params string[] arguments) =>
        CommandLine.Build().Parse(arguments).Errors.ShouldBeEmpty();
}

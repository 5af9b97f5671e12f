using Godwit.Cli.Verbs;
using Godwit.Testing;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Sync;

/// <summary>mongosync's flags and configuration file are taken as they are.</summary>
public sealed class SyncArgumentsTests
{
    private const string File = """
        # written for mongosync
        cluster0: "mongodb://a.example:27017/?replicaSet=rs0"   # the old one
        cluster1: 'mongodb://b.example:27017/?replicaSet=rs1'
        loadLevel: 2
        logPath: /var/log/mongosync
        verbosity: WARN
        disableTelemetry: true
        hotDocIDs:
          - db: shop
            collection: counters
        """;

    [Fact]
    [Requirement("F03")]
    public void A_configuration_file_is_read_and_flags_go_before_it()
    {
        var options = SyncArguments.Read(File, Given(("loadLevel", "4"), ("port", "27999")));
        options.Cluster0.ShouldBe("mongodb://a.example:27017/?replicaSet=rs0");
        options.Cluster1.ShouldBe("mongodb://b.example:27017/?replicaSet=rs1");
        options.LoadLevel.ShouldBe(4);
        options.Port.ShouldBe(27999);
        options.LogPath.ShouldBe("/var/log/mongosync");
        options.Verbosity.ShouldBe(LogLevel.Warning);
    }

    [Theory]
    [InlineData("cluster0 mongodb://a", "line 1: 'key: value' is expected")]
    [InlineData("cluster2: mongodb://a", "the configuration file has an unknown key 'cluster2'")]
    [InlineData("port: 1\nport: 2", "line 2: the key 'port' stands twice")]
    [InlineData("port: \"1", "line 1: the quote does not end")]
    [InlineData("cluster0:\n  host: a", "line 2: nested values are not expected here")]
    [InlineData("port: 27182", "--cluster0 is needed")]
    [Requirement("F03")]
    public void What_is_wrong_in_a_file_is_named(string file, string message) =>
        Should.Throw<FormatException>(() => SyncArguments.Read(file, Given())).Message.ShouldBe(message);

    [Theory]
    [InlineData("port", "70000", "--port must lie between 0 and 65535, not '70000'")]
    [InlineData("loadLevel", "5", "--loadLevel must lie between 1 and 4, not '5'")]
    [InlineData("name", "East_1", "--name takes up to 32 lower-case letters, digits and hyphens")]
    [InlineData("verbosity", "LOUD", "--verbosity must be TRACE, DEBUG, INFO, WARN, ERROR, FATAL or PANIC, not 'LOUD'")]
    [InlineData("disableVerification", "no", "--disableVerification must be true or false, not 'no'")]
    [InlineData("id", "shard0", "--id is not needed: one process moves all shards. Start one, without it")]
    [Requirement("F03")]
    public void What_is_wrong_in_a_flag_is_named(string name, string value, string message) =>
        Should.Throw<FormatException>(() => SyncArguments.Read(File, Given((name, value)))).Message.ShouldBe(message);

    [Fact]
    [Requirement("F03")]
    public void The_command_line_takes_flags_as_mongosync_does() =>
        CommandLine
            .Build()
            .Parse([
                "sync",
                "--cluster0=mongodb://a",
                "--cluster1",
                "mongodb://b",
                "--acceptDisclaimer",
                "--disableTelemetry=true",
            ])
            .Errors.ShouldBeEmpty();

    private static Dictionary<string, string> Given(params (string Name, string Value)[] given) =>
        given.ToDictionary(one => one.Name, one => one.Value);
}

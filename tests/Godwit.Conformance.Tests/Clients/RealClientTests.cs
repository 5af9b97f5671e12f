using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.Clients;

/// <summary>Clients that are not ours connect to a Sandbox, write, read, aggregate and watch.</summary>
public sealed class RealClientTests
{
    private static readonly string Folder = Path.Combine(SharedData.RepositoryRoot(), "tests", "clients");

    [Fact]
    public async Task The_Node_driver_works()
    {
        SkipWithout("node_modules/mongodb");
        await using var server = await ServerUnderTest.StartAsync();
        await ExpectAsync("node", ["node-driver.mjs", server.ConnectionString], "node driver: everything as expected");
    }

    [Fact]
    public async Task Mongosh_works()
    {
        SkipWithout("node_modules/mongosh");
        await using var server = await ServerUnderTest.StartAsync();
        await ExpectAsync(
            Path.Combine(Folder, "node_modules/.bin/mongosh"),
            [server.ConnectionString, "--quiet", "--norc", "--file", "shell.js"],
            "mongosh: everything as expected"
        );
    }

    [Fact]
    public async Task An_administrator_works_in_mongosh()
    {
        SkipWithout("node_modules/mongosh");
        var (server, spares) = await ServerUnderTest.StartWithSparesAsync(2);
        await using var owned = server;
        await ExpectAsync(
            Path.Combine(Folder, "node_modules/.bin/mongosh"),
            [
                server.ConnectionString,
                "--quiet",
                "--norc",
                "--eval",
                $"spares = ['{string.Join("', '", spares)}']",
                "shell-admin.js",
            ],
            "administration in mongosh: everything as expected"
        );
    }

    [Theory]
    [InlineData("show dbs", "config")]
    [InlineData("show collections", "")]
    [InlineData("show users", "[]")]
    [InlineData("show roles", "dbAdmin")]
    [InlineData("show profile", "db.system.profile is empty")]
    [InlineData("show logs", "global")]
    [InlineData("show log global", "Replica set state transition")]
    [InlineData("db.printReplicationInfo()", "log length start to end")]
    [InlineData("rs.printSecondaryReplicationInfo()", "0 secs (0 hrs) behind the primary")]
    [InlineData("print(db.commandHelp('find'))", "help for: find")]
    public async Task What_mongosh_shows_is_answered(string line, string expected)
    {
        SkipWithout("node_modules/mongosh");
        await using var server = await ServerUnderTest.StartAsync();
        await ExpectAsync(
            Path.Combine(Folder, "node_modules/.bin/mongosh"),
            [server.ConnectionString, "--quiet", "--norc", "--eval", line],
            expected
        );
    }

    [Fact]
    public async Task What_mongosh_shows_of_a_sharded_cluster_is_answered()
    {
        SkipWithout("node_modules/mongosh");
        var (server, _) = await ServerUnderTest.StartShardedAsync();
        await using var owned = server;
        const string Lines = """
            sh.enableSharding('t');
            sh.shardCollection('t.c', { k: 'hashed' });
            const c = db.getSiblingDB('t').c;
            c.insertMany(Array.from({ length: 20 }, (_, k) => ({ k })));
            sh.status();
            c.getShardDistribution();
            print(c.find({ k: 1 }).explain().queryPlanner.winningPlan.stage, db.serverStatus().process);
            """;
        await ExpectAsync(
            Path.Combine(Folder, "node_modules/.bin/mongosh"),
            [server.ConnectionString, "--quiet", "--norc", "--eval", Lines],
            "SINGLE_SHARD mongos"
        );
    }

    [Fact]
    public async Task Pymongo_works()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var script = Path.Combine(Folder, "python_client.py");
        var (code, output) = await Python.RunAsync(
            [script, server.ConnectionString],
            TestContext.Current.CancellationToken
        );
        code.ShouldBe(0, output);
        output.ShouldContain("pymongo: everything as expected");
    }

    [Fact]
    public async Task Pymongo_works_through_a_router()
    {
        var (server, _) = await ServerUnderTest.StartShardedAsync();
        await using var owned = server;
        var (code, output) = await Python.RunAsync(
            [Path.Combine(Folder, "python_sharded.py"), server.ConnectionString],
            TestContext.Current.CancellationToken
        );
        code.ShouldBe(0, output);
        output.ShouldContain("pymongo through a router: everything as expected");
    }

    private static void SkipWithout(string module) =>
        Assert.SkipUnless(
            Path.Exists(Path.Combine(Folder, module)),
            $"no {module}: npm ci --prefix tests/clients (./test does it)"
        );

    private static async Task ExpectAsync(string program, string[] arguments, string lastLine)
    {
        var (code, output) = await Programs.RunAsync(program, arguments, TestContext.Current.CancellationToken, Folder);
        code.ShouldBe(0, output);
        output.ShouldContain(lastLine);
    }
}

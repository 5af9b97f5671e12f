using System.Net;
using Godwit.Sandbox.Auth;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Sharding;
using Shouldly;
using Xunit;
using static Godwit.Sandbox.Tests.ShellText;

namespace Godwit.Sandbox.Tests.Auth;

/// <summary>What users may do where users are enforced: exactly what their roles allow.</summary>
public sealed class PrivilegeTests : IDisposable
{
    private const int Unauthorized = 13;
    private readonly TestMember member = new(isAuthRequired: true);

    [Fact]
    public void Every_command_that_needs_a_login_is_known_to_need_something()
    {
        var unknown = CommandTable
            .All.Concat(RouterCommandTable.All)
            .Where(command => command.Traits.RequiresAuthentication && !CommandRights.Knows(command.Traits.Name))
            .Select(command => command.Traits.Name);

        unknown.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_login_only_the_first_user_can_be_made()
    {
        (await Code("db", "{find: 'c'}")).ShouldBe(Unauthorized);
        (await Code("db", "{createUser: 'u', pwd: 'x', roles: []}")).ShouldBe(Unauthorized);
        (await Code("admin", "{createUser: 'root', pwd: 'x', roles: ['root']}")).ShouldBe(0);
        (await Code("admin", "{createUser: 'second', pwd: 'x', roles: []}")).ShouldBe(Unauthorized);
    }

    [Fact]
    public async Task An_unknown_command_is_unknown_to_everyone()
    {
        (await Code("admin", "{noSuchCommand: 1}")).ShouldBe(59);
        await LogInAs("reader", "{createUser: 'reader', pwd: 'x', roles: [{role: 'read', db: 'db'}]}");
        (await Code("admin", "{noSuchCommand: 1}")).ShouldBe(59);
    }

    [Theory]
    [InlineData("read", "{find: 'c'}", true)]
    [InlineData("read", "{listCollections: 1}", true)]
    [InlineData("read", "{aggregate: 'c', pipeline: [{$changeStream: {}}], cursor: {}}", true)]
    [InlineData("read", "{insert: 'c', documents: [{_id: 1}]}", false)]
    [InlineData("read", "{create: 'n'}", false)]
    [InlineData("readWrite", "{insert: 'c', documents: [{_id: 1}]}", true)]
    [InlineData("readWrite", "{dropDatabase: 1}", false)]
    [InlineData("readWrite", "{collMod: 'c', validator: {}}", false)]
    [InlineData("dbAdmin", "{dropDatabase: 1}", true)]
    [InlineData("dbAdmin", "{find: 'c'}", false)]
    [InlineData("userAdmin", "{createUser: 'other', pwd: 'x', roles: ['read']}", true)]
    [InlineData("userAdmin", "{find: 'c'}", false)]
    [InlineData("dbOwner", "{createUser: 'other', pwd: 'x', roles: ['read']}", true)]
    public async Task A_role_of_a_database_allows_what_it_says_there_and_nothing_elsewhere(
        string role,
        string command,
        bool isAllowed
    )
    {
        await LogInAs("u", $"{{createUser: 'u', pwd: 'x', roles: [{{role: '{role}', db: 'db'}}]}}");

        (await Code("db", command) != Unauthorized).ShouldBe(isAllowed);
        (await Code("elsewhere", command)).ShouldBe(Unauthorized);
    }

    [Theory]
    [InlineData("clusterMonitor", "{serverStatus: 1}", true)]
    [InlineData("clusterMonitor", "{replSetStepDown: 1}", false)]
    [InlineData("clusterMonitor", "{setUserWriteBlockMode: 1, global: true}", false)]
    [InlineData("backup", "{setUserWriteBlockMode: 1, global: true}", true)]
    [InlineData("backup", "{appendOplogNote: 1, data: {}}", true)]
    [InlineData("readAnyDatabase", "{listDatabases: 1}", true)]
    [InlineData("readAnyDatabase", "{appendOplogNote: 1, data: {}}", false)]
    [InlineData("root", "{setFeatureCompatibilityVersion: '8.0', confirm: true}", true)]
    public async Task A_role_of_the_cluster_allows_what_it_says(string role, string command, bool isAllowed)
    {
        await LogInAs("u", $"{{createUser: 'u', pwd: 'x', roles: ['{role}']}}");

        (await Code("admin", command) != Unauthorized).ShouldBe(isAllowed);
    }

    [Fact]
    public async Task Reading_all_databases_does_not_reach_the_systems_own_collections()
    {
        await LogInAs("u", "{createUser: 'u', pwd: 'x', roles: ['readAnyDatabase']}");

        (await Code("db", "{find: 'c'}")).ShouldBe(0);
        (await Code("local", "{find: 'oplog.rs', limit: 1}")).ShouldBe(Unauthorized);
        (await Code("admin", "{find: 'system.users'}")).ShouldBe(Unauthorized);
    }

    [Fact]
    public async Task A_made_role_allows_its_privileges_and_those_of_the_roles_in_it()
    {
        await AsRoot(
            "{createRole: 'inner', privileges: [{resource: {db: 'db', collection: 'c'}, actions: ['find']}], roles: []}"
        );
        await AsRoot(
            "{createRole: 'outer', privileges: [{resource: {cluster: true}, actions: ['serverStatus']}], roles: ['inner']}"
        );
        await LogInAs("u", "{createUser: 'u', pwd: 'x', roles: ['outer']}");

        (await Code("db", "{find: 'c'}")).ShouldBe(0);
        (await Code("db", "{find: 'd'}")).ShouldBe(Unauthorized);
        (await Code("admin", "{serverStatus: 1}")).ShouldBe(0);

        await AsRoot(
            "{revokePrivilegesFromRole: 'inner', privileges: [{resource: {db: 'db', collection: 'c'}, actions: ['find']}]}"
        );
        (await Code("db", "{find: 'c'}")).ShouldBe(Unauthorized);
        await AsRoot("{dropRole: 'outer'}");
        (await Code("admin", "{serverStatus: 1}")).ShouldBe(Unauthorized);
    }

    [Fact]
    public async Task A_pipeline_needs_what_its_stages_read_and_write()
    {
        await AsRoot(
            "{createRole: 'r', privileges: [{resource: {db: 'db', collection: 'c'}, actions: ['find']}], roles: []}"
        );
        await LogInAs("u", "{createUser: 'u', pwd: 'x', roles: ['r']}");

        (await Code("db", "{aggregate: 'c', pipeline: [], cursor: {}}")).ShouldBe(0);
        foreach (
            var stage in new[]
            {
                "{$lookup: {from: 'd', localField: 'a', foreignField: 'a', as: 'x'}}",
                "{$unionWith: 'd'}",
                "{$facet: {f: [{$unionWith: {coll: 'd', pipeline: []}}]}}",
                "{$out: 'd'}",
                "{$merge: {into: 'd'}}",
            }
        )
        {
            (await Code("db", $"{{aggregate: 'c', pipeline: [{stage}], cursor: {{}}}}")).ShouldBe(Unauthorized, stage);
        }
    }

    [Fact]
    public async Task Watching_a_database_or_the_cluster_needs_the_right_on_all_of_it()
    {
        await LogInAs("u", "{createUser: 'u', pwd: 'x', roles: [{role: 'read', db: 'db'}]}");

        (await Code("db", "{aggregate: 1, pipeline: [{$changeStream: {}}], cursor: {}}")).ShouldBe(0);
        (
            await Code("admin", "{aggregate: 1, pipeline: [{$changeStream: {allChangesForCluster: true}}], cursor: {}}")
        ).ShouldBe(Unauthorized);
    }

    [Fact]
    public async Task A_user_may_change_the_own_password_only_where_that_is_allowed()
    {
        await AsRoot(
            "{createRole: 'own', privileges: [{resource: {db: 'admin', collection: ''}, actions: ['changeOwnPassword']}], roles: []}"
        );
        await LogInAs("u", "{createUser: 'u', pwd: 'x', roles: ['own']}");

        (await Code("admin", "{updateUser: 'u', pwd: 'y'}")).ShouldBe(0);
        (await Code("admin", "{updateUser: 'root', pwd: 'y'}")).ShouldBe(Unauthorized);
        (await Code("admin", "{usersInfo: 'u'}")).ShouldBe(0);
        (await Code("admin", "{usersInfo: 'root'}")).ShouldBe(Unauthorized);
    }

    [Fact]
    public async Task Only_users_with_the_right_to_pass_write_while_user_writes_are_blocked()
    {
        await AsRoot("{setUserWriteBlockMode: 1, global: true}");
        await LogInAs("writer", "{createUser: 'writer', pwd: 'x', roles: ['readWriteAnyDatabase']}");
        (await Code("db", "{create: 'c'}")).ShouldBe(371);

        await LogInAs("restorer", "{createUser: 'restorer', pwd: 'x', roles: ['restore']}");
        (await Code("db", "{create: 'c'}")).ShouldBe(0);
    }

    [Fact]
    public async Task Listing_databases_shows_those_one_may_use()
    {
        await AsRoot("{createUser: 'u', pwd: 'x', roles: [{role: 'read', db: 'mine'}]}");
        await member.Run("mine", Command("{create: 'c'}"));
        await member.Run("other", Command("{create: 'c'}"));
        member.User = new("u", "admin");

        var reply = await member.Run("admin", Command("{listDatabases: 1, nameOnly: true}"));

        reply["databases"]
            .AsDocument.Values()
            .Select(database => database.AsDocument["name"].AsString)
            .ShouldBe(["mine"]);
    }

    [Theory]
    [InlineData("[{clientSource: ['127.0.0.1']}]", true)]
    [InlineData("[{clientSource: ['10.0.0.0/8']}]", false)]
    [InlineData("[{clientSource: ['10.0.0.0/8']}, {clientSource: ['127.0.0.0/8']}]", true)]
    [InlineData("[{clientSource: ['127.0.0.1'], serverAddress: ['10.1.2.3']}]", false)]
    [InlineData("[]", true)]
    public void Restrictions_let_in_whom_one_of_them_names(string restrictions, bool isLetIn)
    {
        var client = new Client(1, new IPEndPoint(IPAddress.Loopback, 5), new IPEndPoint(IPAddress.Loopback, 6));

        AuthenticationRestrictions.Allow(Document($"{{r: {restrictions}}}")["r"], client).ShouldBe(isLetIn);
    }

    public void Dispose() => member.Dispose();

    private async Task AsRoot(string command)
    {
        if (member.Member.Users.All.Count == 0)
        {
            await member.Run("admin", Command("{createUser: 'root', pwd: 'x', roles: ['root']}"));
        }

        member.User = new("root", "admin");
        var reply = await member.Run("admin", Command(command));
        reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
        member.User = lastUser ?? new("root", "admin");
    }

    private AuthenticatedUser? lastUser;

    private async Task LogInAs(string name, string creation)
    {
        await AsRoot(creation);
        lastUser = new(name, "admin");
        member.User = lastUser;
    }

    private async Task<int> Code(string database, string command)
    {
        var reply = await member.Run(database, Command(command), TestContext.Current.CancellationToken);
        return reply["ok"].ToInt64() == 1 ? 0 : (int)(reply["code"].ToInt64() ?? -1);
    }
}

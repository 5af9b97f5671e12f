using System.Net;
using Godwit.Bson;
using Godwit.Sandbox.Auth;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Auth;

/// <summary>Every command a member knows is walked: refused to a user without rights, allowed to one who has exactly what it needs.</summary>
public sealed class PrivilegeWalkTests : IDisposable
{
    // What a command needs depends on these; all others are asked with their name only.
    private static readonly Dictionary<string, string> Bodies = new(StringComparer.Ordinal)
    {
        ["aggregate"] = "{aggregate: 'c', pipeline: [{$out: 'd'}], cursor: {}}",
        ["bulkWrite"] =
            "{bulkWrite: 1, ops: [{insert: 0, document: {}}, {update: 0, filter: {}, updateMods: {}}, {delete: 0, filter: {}}], nsInfo: [{ns: 'db.c'}]}",
        ["cloneCollectionAsCapped"] = "{cloneCollectionAsCapped: 'c', toCollection: 'd', size: 1}",
        ["create"] = "{create: 'c', capped: true, size: 1000}",
        ["createRole"] = "{createRole: 'r', privileges: [], roles: []}",
        ["createUser"] = "{createUser: 'u', pwd: 'x', roles: [{role: 'read', db: 'db'}]}",
        ["dataSize"] = "{dataSize: 'db.c'}",
        ["delete"] = "{delete: 'c', deletes: [{q: {}, limit: 0}]}",
        ["explain"] = "{explain: {find: 'c'}}",
        ["findAndModify"] = "{findAndModify: 'c', query: {}, update: {a: 1}, upsert: true}",
        ["grantPrivilegesToRole"] =
            "{grantPrivilegesToRole: 'r', privileges: [{resource: {db: 'db', collection: ''}, actions: ['find']}]}",
        ["grantRolesToRole"] = "{grantRolesToRole: 'r', roles: [{role: 'read', db: 'db'}]}",
        ["grantRolesToUser"] = "{grantRolesToUser: 'u', roles: [{role: 'read', db: 'db'}]}",
        ["insert"] = "{insert: 'c', documents: [{}]}",
        ["killOp"] = "{killOp: 1, op: 123456}",
        ["profile"] = "{profile: 1}",
        ["renameCollection"] = "{renameCollection: 'db.c', to: 'db.d', dropTarget: true}",
        ["revokePrivilegesFromRole"] =
            "{revokePrivilegesFromRole: 'r', privileges: [{resource: {db: 'db', collection: ''}, actions: ['find']}]}",
        ["revokeRolesFromRole"] = "{revokeRolesFromRole: 'r', roles: [{role: 'read', db: 'db'}]}",
        ["revokeRolesFromUser"] = "{revokeRolesFromUser: 'u', roles: [{role: 'read', db: 'db'}]}",
        ["rolesInfo"] = "{rolesInfo: {role: 'r', db: 'db'}}",
        ["splitVector"] = "{splitVector: 'db.c', keyPattern: {_id: 1}}",
        ["update"] = "{update: 'c', updates: [{q: {}, u: {}, upsert: true}]}",
        ["updateRole"] = "{updateRole: 'r', roles: [{role: 'read', db: 'db'}]}",
        ["updateUser"] = "{updateUser: 'u', roles: [{role: 'read', db: 'db'}]}",
        ["usersInfo"] = "{usersInfo: {user: 'u', db: 'db'}}",
    };

    private readonly TestMember member = new(isAuthRequired: true);

    public static TheoryData<string> Guarded =>
        [
            .. CommandTable
                .All.Select(command => command.Traits)
                .Where(traits => traits.RequiresAuthentication && !CommandRights.IsFree(traits.Name))
                .Select(traits => traits.Name)
                .Order(StringComparer.Ordinal),
        ];

    public void Dispose() => member.Dispose();

    [Theory]
    [MemberData(nameof(Guarded))]
    public async Task A_command_is_allowed_to_whom_has_what_it_needs_and_to_nobody_else(string command)
    {
        await Run("admin", "{createUser: 'root', pwd: 'x', roles: ['root']}");
        member.User = new("root", "admin");
        await Run("admin", "{createUser: 'nobody', pwd: 'x', roles: []}");
        Refuses(command, "nobody").ShouldBeTrue();

        // One way of each need, and nothing else.
        var context = ContextOf(command, "nobody");
        var needs = CommandRights.For(new RightsQuery(context, context.Request)).ToList();
        needs.ShouldNotBeEmpty();
        var privileges = new PrivilegeSet([.. needs.SelectMany(need => need.Ways[0])]);
        var role = new DocumentBuilder
        {
            { "createRole", "exactly" },
            { "privileges", privileges.ToArray() },
            { "roles", new ArrayBuilder().Build() },
        };
        (await member.Run("admin", role))["ok"].ToInt64().ShouldBe(1);
        await Run("admin", "{createUser: 'exact', pwd: 'x', roles: ['exactly']}");

        Refuses(command, "exact").ShouldBeFalse();
    }

    private async Task Run(string database, string command)
    {
        var reply = await member.Run(database, ShellText.Command(command));
        reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
    }

    private bool Refuses(string command, string user)
    {
        try
        {
            member.Member.Authorizer.Check(ContextOf(command, user));
            return false;
        }
        catch (CommandException refused)
        {
            refused.Code.ShouldBe(ErrorCode.Unauthorized);
            return true;
        }
    }

    private CommandContext ContextOf(string name, string user)
    {
        var traits = CommandTable.Find(name)!.Traits;
        var body = Bodies.TryGetValue(name, out var text)
            ? ShellText.Document(text)
            : new DocumentBuilder { { name, "c" } }.Build();
        var local = new IPEndPoint(IPAddress.Loopback, 1);
        return new()
        {
            Request = new(body, traits.IsAdminOnly ? "admin" : "db"),
            Generic = new GenericArguments(),
            Member = member.Member,
            Client = new Client(7, local, local) { User = new(user, "admin") },
            Traits = traits,
        };
    }
}

using System.Collections.Concurrent;
using System.Net;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Auth;

/// <summary>Decides what a client may do: by the user it has logged in as, and the privileges of that user's roles as they are now.</summary>
internal sealed class Authorizer(Member member)
{
    private readonly ConcurrentDictionary<AuthenticatedUser, Holding> known = new();

    /// <summary>Refuses a command its client may not run.</summary>
    internal void Check(CommandContext context)
    {
        var client = context.Client;
        if (
            !member.Options.IsAuthRequired
            || !context.Traits.RequiresAuthentication
            || client.IsServer
            || client.IsRouter
        )
        {
            return;
        }

        var needs = new RightsQuery(context, context.Request);
        if (client.User is not { } user || Find(user) is not { } holding)
        {
            if (IsFirst(client) && CommandRights.For(needs).All(need => need.IsMetBy(OfTheFirst)))
            {
                return;
            }

            throw new CommandException(
                ErrorCode.Unauthorized,
                $"Command {context.Request.Name} requires authentication"
            );
        }

        if (!CommandRights.For(needs).All(need => need.IsMetBy(holding.Roles.Privileges)))
        {
            throw new CommandException(
                ErrorCode.Unauthorized,
                $"not authorized on {context.Database} to execute command {context.Body}"
            );
        }

        if (
            DirectOperations.AreForbidden(context)
            && CommandRights.TouchesData(context.Traits.Name)
            && !holding.Roles.Privileges.Allows(DirectOperations.Right)
        )
        {
            throw DirectOperations.Refusal(context);
        }
    }

    /// <summary>The roles and privileges of a client; <see langword="null"/> where nobody is logged in.</summary>
    internal ResolvedRoles? RolesOf(Client client) => client.User is { } user ? Find(user)?.Roles : null;

    /// <summary>Whether a client is allowed something; where nobody must log in, everyone is allowed everything.</summary>
    internal bool Allows(Client client, Privilege privilege) =>
        client.IsServer
        || client.IsRouter
        || !member.Options.IsAuthRequired
        || (RolesOf(client) is { } roles && roles.Privileges.Allows(privilege));

    /// <summary>
    /// Whether a client's writes pass user write blocking: it has logged in and may. Where nobody must log in, whoever has is taken
    /// to have every right.
    /// </summary>
    internal bool MayBypassWriteBlock(Client client) =>
        client.IsServer
        || client.BypassesWriteBlock
        || (client is { User: not null, IsRouter: false } && Allows(client, BypassingWriteBlock));

    private static readonly RoleName OfTheCluster = new("__system", "admin");

    private static readonly Privilege BypassingWriteBlock = new(Resource.Cluster, "bypassWriteBlockingMode");

    // The localhost exception: as long as there are no users, a client on the server's machine may make the first one.
    private static readonly PrivilegeSet OfTheFirst = new([
        new(Resource.OfDatabase("admin"), "createUser", "createRole", "grantRole"),
        new(Resource.Cluster, "addShard"),
    ]);

    private bool IsFirst(Client client) =>
        client.Remote is IPEndPoint { Address: var address }
        && IPAddress.IsLoopback(address)
        && member.Users.All.Count == 0
        && member.Roles.All.Count == 0;

    private Holding? Find(AuthenticatedUser user)
    {
        if (user == AuthenticatedUser.System)
        {
            return new(RawDocument.Empty, member.Roles.Resolve([OfTheCluster]));
        }

        if (member.Users.Find(user.Name, user.Database) is not { } document)
        {
            return null;
        }

        if (
            known.TryGetValue(user, out var holding)
            && holding.User == document
            && holding.Roles.IsCurrent(member.Roles)
        )
        {
            return holding;
        }

        return known[user] = new(document, member.Roles.Resolve(RoleDirectory.NamesOf(document)));
    }

    private sealed record Holding(RawDocument User, ResolvedRoles Roles);
}

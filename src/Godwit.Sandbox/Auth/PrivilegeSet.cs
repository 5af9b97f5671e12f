using Godwit.Bson;

namespace Godwit.Sandbox.Auth;

/// <summary>Privileges, those on one resource as one, in the order in which their resources came.</summary>
internal sealed class PrivilegeSet
{
    private readonly List<Resource> order = [];
    private readonly Dictionary<Resource, HashSet<string>> actions = [];

    internal PrivilegeSet(IEnumerable<Privilege> privileges)
    {
        foreach (var privilege in privileges)
        {
            Add(privilege);
        }
    }

    /// <summary>All of them.</summary>
    internal IReadOnlyList<Privilege> All =>
        [.. order.Select(resource => new Privilege(resource, [.. actions[resource]]))];

    /// <summary>Adds a privilege.</summary>
    internal void Add(Privilege privilege)
    {
        if (!actions.TryGetValue(privilege.Resource, out var known))
        {
            order.Add(privilege.Resource);
            actions[privilege.Resource] = known = new(StringComparer.Ordinal);
        }

        known.UnionWith(privilege.Actions);
    }

    /// <summary>Takes actions away from a resource.</summary>
    internal void Remove(Privilege privilege)
    {
        if (actions.TryGetValue(privilege.Resource, out var known))
        {
            known.ExceptWith(privilege.Actions);
            if (known.Count == 0)
            {
                order.Remove(privilege.Resource);
                actions.Remove(privilege.Resource);
            }
        }
    }

    /// <summary>Whether all actions of a privilege are allowed, by one or by several privileges together.</summary>
    internal bool Allows(Privilege needed) =>
        needed.Actions.All(action =>
            order.Exists(resource => resource.Covers(needed.Resource) && Has(resource, action))
        );

    /// <summary>Whether some privilege, on whatever resource, has an action.</summary>
    internal bool HasAnywhere(string action) => order.Exists(resource => Has(resource, action));

    /// <summary>Whether anything at all is allowed in a database.</summary>
    internal bool AllowsAnythingIn(string database) =>
        order.Exists(resource =>
            resource.Kind switch
            {
                ResourceKind.Any => true,
                ResourceKind.AnyNormal => database is not ("local" or "config"),
                ResourceKind.Database or ResourceKind.Exact => resource.Database == database,
                _ => false,
            }
        );

    /// <summary>The form clients see.</summary>
    internal RawValue ToArray() => RawValue.Array(All.Select(privilege => RawValue.Document(privilege.ToDocument())));

    private bool Has(Resource resource, string action) =>
        actions[resource].Contains(action) || actions[resource].Contains("anyAction");
}

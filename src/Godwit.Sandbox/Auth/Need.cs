namespace Godwit.Sandbox.Auth;

/// <summary>What a command needs to be allowed: one of several ways to be allowed is enough.</summary>
/// <param name="Ways">Each way a list of privileges that all are needed.</param>
internal sealed record Need(params IReadOnlyList<IReadOnlyList<Privilege>> Ways)
{
    /// <summary>Needs some actions on a resource.</summary>
    internal static Need Of(Resource resource, params IReadOnlyList<string> actions) =>
        new([
            [new Privilege(resource, actions)],
        ]);

    /// <summary>Whether some privileges are enough.</summary>
    internal bool IsMetBy(PrivilegeSet privileges) => Ways.Any(way => way.All(privileges.Allows));
}

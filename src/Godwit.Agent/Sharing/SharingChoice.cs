using Godwit.Agent.Identity;
using Godwit.Cluster;

namespace Godwit.Agent.Sharing;

/// <summary>How this host shares migrations with the other hosts of its organisation, as it is kept.</summary>
/// <param name="Place">Where they find each other: <c>redis://</c> or <c>postgres://</c>, with its password.</param>
/// <param name="Address">By which <c>IP[:PORT]</c> the others reach this host; <see langword="null"/> for its first.</param>
/// <param name="Ranges">Ranges that this host works on at once for another.</param>
/// <param name="Listens">Where this host listens, as <c>IP:PORT</c>; <see langword="null"/> for where it is reached.</param>
internal sealed record SharingChoice(string Place, string? Address, int Ranges, string? Listens = null)
{
    private const string File = "sharing.json";

    internal static SharingChoice? Read(AgentFolder folder) => folder.Read<SharingChoice>(File);

    /// <exception cref="AgentException">The place or the address is none.</exception>
    internal void Keep(AgentFolder folder)
    {
        try
        {
            _ = Membership.Parse(Place);
        }
        catch (FormatException malformed)
        {
            throw new AgentException("SHARING_PLACE", malformed.Message);
        }

        try
        {
            _ = Endpoint;
        }
        catch (FormatException malformed)
        {
            throw new AgentException("SHARING_ADDRESS", $"{malformed.Message}.");
        }

        folder.Write(File, this);
    }

    internal static void Forget(AgentFolder folder) => folder.Delete(File);

    /// <summary>How the others reach this host.</summary>
    internal HostEndpoint Endpoint => HostEndpoint.Parse(Address, Listens);

    /// <summary>The place without its secrets.</summary>
    internal string Shown
    {
        get
        {
            var uri = new Uri(Place);
            return $"{uri.Scheme}://{uri.Authority}{uri.AbsolutePath.TrimEnd('/')}";
        }
    }

    /// <summary>Not the place: a password may stand in it.</summary>
    public override string ToString() => nameof(SharingChoice);
}

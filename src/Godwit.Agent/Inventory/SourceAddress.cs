using System.Security.Cryptography;
using Godwit.Agent.Identity;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Engine.Mongo.Connections;

namespace Godwit.Agent.Inventory;

/// <summary>
/// The connection string of a source: address from the inventory alone (P9), user and encryption as the request says (P14). A password that
/// was sealed to this host is opened here and nowhere else.
/// </summary>
internal sealed class SourceAddress(InventoryFile inventory, HubLink link, HostKeys keys, HostRules rules)
{
    private const string AuthorityOption = "tlsCAFile";

    /// <exception cref="AgentException">
    /// The cluster is not in the inventory, credentials are missing or not for this host, or the CA file is not where such files may lie.
    /// </exception>
    internal string Compose(SourceAccess access)
    {
        var entry =
            inventory.Find(access.ClusterName, access.ProjectId, link.ProjectId)
            ?? throw new AgentException(
                "SOURCE_CLUSTER_UNKNOWN",
                $"This host has no cluster named {access.ClusterName} in project {access.ProjectId}.",
                "On the host: godwit agent clusters add NAME --connection-string URI"
            );
        var address = access.UserName is { } user
            ? ConnectionText.WithUser(entry.ConnectionString, user, OpenPassword(access))
            : entry.ConnectionString;
        var encrypted = access.Tls ? ConnectionText.WithOption(address, "tls", "true") : address;
        if (access.AuthorityFile is not { } file)
        {
            return encrypted;
        }

        rules.RequireAuthority(file);
        // The file that a request names takes the place of the inventory's: what is validated is what was asked for.
        return ConnectionText.WithOption(
            ConnectionText.WithoutOption(encrypted, AuthorityOption),
            AuthorityOption,
            Uri.EscapeDataString(file)
        );
    }

    private string OpenPassword(SourceAccess access)
    {
        try
        {
            return SealedText.Open(
                access.SealedPassword ?? "",
                keys.Sealing,
                SourceAccess.Purpose(link.HostId, access.ProjectId, access.ClusterName)
            );
        }
        catch (Exception wrong) when (wrong is CryptographicException or FormatException)
        {
            throw new AgentException(
                "SOURCE_PASSWORD_NOT_FOR_THIS_HOST",
                "The source's password was not sealed to this host, or for another cluster.",
                "Send it again with a new request."
            );
        }
    }
}

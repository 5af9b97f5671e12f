using System.Security.Cryptography;
using Godwit.Agent.Identity;
using Godwit.Contracts;
using Godwit.Contracts.Agents;

namespace Godwit.Agent.Inventory;

/// <summary>
/// The connection string of a source: address from the inventory alone (P9), user and encryption as the request says (P14). A password that
/// was sealed to this host is opened here and nowhere else.
/// </summary>
internal sealed class SourceAddress(InventoryFile inventory, HubLink link, HostKeys keys)
{
    private const string Scheme = "://";

    /// <exception cref="AgentException">The cluster is not in the inventory, or credentials are missing or not for this host.</exception>
    internal string Compose(SourceAccess access)
    {
        var entry =
            inventory.Find(access.ClusterName, access.ProjectId, link.ProjectId)
            ?? throw new AgentException(
                "SOURCE_CLUSTER_UNKNOWN",
                $"This host has no cluster named {access.ClusterName} in project {access.ProjectId}.",
                "On the host: godwit agent clusters add NAME --connection-string URI"
            );
        if (access.UserName is null)
        {
            return WithEncryption(entry.ConnectionString, access);
        }

        var (head, rest) = Split(entry.ConnectionString);
        var hosts = rest[(rest.LastIndexOf('@') + 1)..];
        var user = $"{Uri.EscapeDataString(access.UserName)}:{Uri.EscapeDataString(OpenPassword(access))}@";
        return WithEncryption(WithOption($"{head}{user}{hosts}", "authSource", "admin"), access);
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

    private static string WithEncryption(string address, SourceAccess access)
    {
        var encrypted = access.Tls ? WithOption(address, "tls", "true") : address;
        return access.AuthorityFile is { } file
            ? WithOption(encrypted, "tlsCAFile", Uri.EscapeDataString(file))
            : encrypted;
    }

    /// <summary>With this option, unless the address has it already.</summary>
    private static string WithOption(string address, string name, string value)
    {
        var (head, rest) = Split(address);
        var query = rest.IndexOf('?', StringComparison.Ordinal);
        if (query < 0)
        {
            return $"{head}{rest}{(rest.Contains('/', StringComparison.Ordinal) ? "" : "/")}?{name}={value}";
        }

        return rest[(query + 1)..].Split('&').Any(one => one.StartsWith($"{name}=", StringComparison.OrdinalIgnoreCase))
            ? address
            : $"{address}&{name}={value}";
    }

    private static (string Head, string Tail) Split(string address)
    {
        var start = address.IndexOf(Scheme, StringComparison.Ordinal) + Scheme.Length;
        return (address[..start], address[start..]);
    }
}

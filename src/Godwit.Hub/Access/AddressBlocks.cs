using System.Net;
using System.Net.Sockets;

namespace Godwit.Hub.Access;

/// <summary>Addresses and blocks of access lists.</summary>
internal static class AddressBlocks
{
    /// <summary>An address or block in CIDR form; <see langword="null"/> if it is neither.</summary>
    internal static string? Normalize(string text)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            return $"{address}/{(address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)}";
        }

        return IPNetwork.TryParse(text, out var block) ? block.ToString() : null;
    }

    /// <summary>The address of a block that holds no other; <see langword="null"/> for wider ones.</summary>
    internal static string? Single(string block)
    {
        var parsed = IPNetwork.Parse(block);
        var whole = parsed.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        return parsed.PrefixLength == whole ? parsed.BaseAddress.ToString() : null;
    }

    internal static bool Contain(IEnumerable<string> blocks, IPAddress? address)
    {
        if (address is null)
        {
            return false;
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return blocks.Any(block => IPNetwork.Parse(block).Contains(plain));
    }
}

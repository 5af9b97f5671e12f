using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;

namespace Godwit.Hub.Hosting;

/// <summary>
/// Where requests come from that a proxy passes on (P11): as <c>X-Forwarded-For</c> says, read from its end for as long as trusted proxies
/// speak. What a client has put into the header itself stands before that and is not believed. The other headers of the kind are never read: the
/// Hub's own address is what its operator says.
/// </summary>
internal static class ForwardedAddresses
{
    internal static void Use(IApplicationBuilder application, HubOptions options)
    {
        if (options.TrustedProxies.Count == 0)
        {
            return;
        }

        var forwarded = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor,
            ForwardLimit = null,
        };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in options.TrustedProxies)
        {
            forwarded.KnownIPNetworks.Add(network);
        }

        _ = application.UseForwardedHeaders(forwarded);
    }
}

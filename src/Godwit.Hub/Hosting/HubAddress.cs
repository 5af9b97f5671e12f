namespace Godwit.Hub.Hosting;

/// <summary>Where people and hosts find this Hub; known once it listens.</summary>
internal sealed class HubAddress
{
    private Uri? url;

    internal Uri Url
    {
        get => url ?? throw new InvalidOperationException("the Hub does not listen yet");
        set => url = value;
    }

    /// <summary>SHA-256 of the authority that knows the Hub; empty where the system's authorities do.</summary>
    internal required string Authority { get; init; }
}

/// <summary>Addresses below a Hub's own, which may have a path behind a proxy.</summary>
internal static class HubUrls
{
    /// <summary>The address of a path, such as <c>/signIn/…</c>.</summary>
    internal static Uri Under(this Uri hub, string path) => new($"{hub.AbsoluteUri.TrimEnd('/')}{path}");
}

using Microsoft.AspNetCore.DataProtection;

namespace Godwit.Hub.Access;

/// <summary>
/// Encrypts what the Hub has to be able to read again, with keys kept in a folder outside the database (P12): a copy of the database alone
/// opens nothing.
/// </summary>
internal sealed class KeyRing(IDataProtectionProvider provider)
{
    internal const string ApiKeys = "api keys";
    internal const string Clusters = "clusters";
    internal const string Users = "temporary users";
    internal const string Providers = "providers";
    internal const string Rules = "document rules";
    internal const string Webhooks = "webhooks";
    internal const string Authority = "authority";

    internal string Seal(string text, string purpose) => provider.CreateProtector(purpose).Protect(text);

    /// <exception cref="System.Security.Cryptography.CryptographicException">The key is not in the ring, or the text is damaged.</exception>
    internal string Open(string text, string purpose) => provider.CreateProtector(purpose).Unprotect(text);
}

using System.Text.RegularExpressions;

namespace Godwit.Engine.Mongo.Connections;

/// <summary>Connection strings as they may be shown: without passwords. The one place that takes them out.</summary>
internal static partial class SecretText
{
    private const string Mark = "***";

    /// <summary>Takes the secrets out of every connection string in a text.</summary>
    internal static string OfText(string text) => Option().Replace(Password().Replace(text, $"$1{Mark}@"), $"$1{Mark}");

    /// <summary>Takes the secrets out of what was given as a connection string, even if it is none.</summary>
    internal static string OfAddress(string address)
    {
        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        var start = scheme < 0 ? 0 : scheme + 3;
        var colon = address.IndexOf(':', start);

        // Up to the last '@': an unescaped '@' or '/' in a password is malformed, but must not be shown either.
        var at = address.LastIndexOf('@');
        var shown = colon >= 0 && colon < at ? $"{address[..(colon + 1)]}{Mark}{address[at..]}" : address;
        return Option().Replace(shown, $"$1{Mark}");
    }

    // Greedy up to the last @ before the next connection string, unless it is taken out already.
    [GeneratedRegex(
        @"(mongodb(?:\+srv)?://[^:/@\s]*:)(?!\*\*\*@)(?:(?!mongodb(?:\+srv)?://).)*@",
        RegexOptions.CultureInvariant | RegexOptions.Singleline
    )]
    private static partial Regex Password();

    [GeneratedRegex(
        @"((?:tlsCertificateKeyFilePassword|AWS_SESSION_TOKEN)[=:])[^&,\s]*",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase
    )]
    private static partial Regex Option();
}

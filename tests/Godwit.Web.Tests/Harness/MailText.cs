using System.Text.RegularExpressions;

namespace Godwit.Web.Tests.Harness;

/// <summary>What people find in a mail of the Hub's.</summary>
internal static partial class MailText
{
    /// <summary>The link to a migration.</summary>
    internal static string LinkOf(string mail) =>
        Link()
            .Match(mail.Replace("=\r\n", "", StringComparison.Ordinal).Replace("=\n", "", StringComparison.Ordinal))
            .Value;

    [GeneratedRegex(@"https://\S+/migrations/[0-9a-f]{24}")]
    private static partial Regex Link();
}

using System.Text.RegularExpressions;

namespace Godwit.Cli;

/// <summary>Connection strings as they may be shown: without passwords, wherever they stand in a text.</summary>
internal static partial class ConnectionText
{
    /// <summary>Replaces the password of every connection string in the text by dots.</summary>
    internal static string Redact(string text) => Password().Replace(text, "$1•••$2");

    // Greedy up to the last @ of the authority, so that an unescaped @ in a password hides no part of it.
    [GeneratedRegex(@"(mongodb(?:\+srv)?://[^:/@\s]*:)[^/\s]*(@)", RegexOptions.CultureInvariant)]
    private static partial Regex Password();
}

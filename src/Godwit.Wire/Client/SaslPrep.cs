using System.Globalization;
using System.Text;

namespace Godwit.Wire.Client;

/// <summary>Prepares passwords for SCRAM-SHA-256 (RFC 4013), so that one password typed in two ways is one password.</summary>
internal static class SaslPrep
{
    internal static string Prepare(string text)
    {
        if (Ascii.IsValid(text) && !text.Any(char.IsControl))
        {
            return text;
        }

        var mapped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator)
            {
                _ = mapped.Append(' ');
            }
            else if (!IsMappedToNothing(rune.Value))
            {
                _ = mapped.Append(rune);
            }
        }

        var normalized = mapped.ToString().Normalize(NormalizationForm.FormKC);
        return normalized.Any(char.IsControl)
            ? throw new HandshakeException(0, "the password contains control characters")
            : normalized;
    }

    // RFC 3454, table B.1.
    private static bool IsMappedToNothing(int value) =>
        value
            is 0x00AD
                or 0x034F
                or 0x1806
                or (>= 0x180B and <= 0x180D)
                or (>= 0x200B and <= 0x200D)
                or 0x2060
                or (>= 0xFE00 and <= 0xFE0F)
                or 0xFEFF;
}

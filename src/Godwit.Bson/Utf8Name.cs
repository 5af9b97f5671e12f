using System.Text;

namespace Godwit.Bson;

/// <summary>Compares field names held as UTF-8 with .NET strings without allocating.</summary>
internal static class Utf8Name
{
    internal static bool AreEqual(ReadOnlySpan<byte> utf8, string name)
    {
        if (utf8.Length < name.Length)
        {
            return false;
        }

        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] >= 0x80)
            {
                return AreEqualSlow(utf8, name);
            }

            if (utf8[i] != name[i])
            {
                return false;
            }
        }

        return utf8.Length == name.Length;
    }

    private static bool AreEqualSlow(ReadOnlySpan<byte> utf8, string name) =>
        utf8.SequenceEqual(Encoding.UTF8.GetBytes(name));
}

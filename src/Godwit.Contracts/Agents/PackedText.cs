using System.IO.Compression;
using System.Text;

namespace Godwit.Contracts.Agents;

/// <summary>Long texts on their way from a host to the Hub: deflated, as base64. Names and figures shrink to a tenth.</summary>
internal static class PackedText
{
    /// <summary>What a text may become again, in bytes: what a host sends is not trusted to be what a host packs.</summary>
    private const int UnpackedMax = 64 * 1024 * 1024;

    internal static string Pack(string text)
    {
        using var packed = new MemoryStream();
        using (var deflating = new DeflateStream(packed, CompressionLevel.Fastest))
        {
            deflating.Write(Encoding.UTF8.GetBytes(text));
        }

        return Convert.ToBase64String(packed.ToArray());
    }

    /// <exception cref="InvalidDataException">It is no packed text, or one of an absurd length.</exception>
    internal static string Unpack(string packed)
    {
        try
        {
            using var inflating = new DeflateStream(
                new MemoryStream(Convert.FromBase64String(packed)),
                CompressionMode.Decompress
            );
            using var text = new MemoryStream();
            var part = new byte[81_920];
            for (int read; (read = inflating.Read(part)) > 0; )
            {
                if (text.Length + read > UnpackedMax)
                {
                    throw new InvalidDataException("the text is too long");
                }

                text.Write(part, 0, read);
            }

            return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
        }
        catch (FormatException malformed)
        {
            throw new InvalidDataException("the text is not base64", malformed);
        }
    }
}

using MongoDB.Bson;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>Documents as the bytes that came over the wire, which two sides have to share to the last one.</summary>
internal static class RawBytes
{
    public static string Hex(RawBsonDocument document)
    {
        var bytes = new byte[document.Slice.Length];
        document.Slice.GetBytes(0, bytes, 0, bytes.Length);
        return Convert.ToHexString(bytes);
    }
}

using System.Globalization;
using Godwit.Bson;

namespace Godwit.Engine.Changes;

/// <summary>Reads the cluster time out of a resume token, of an event or a high-water mark: both begin with it (S10).</summary>
internal static class ResumeToken
{
    /// <summary>Type byte of a timestamp in a key string, then its eight bytes, in hexadecimal.</summary>
    internal static ClusterTime TimeOf(RawDocument token)
    {
        var data = token["_data"];
        if (data.Type != BsonType.String || data.AsStringUtf8.Length < 18)
        {
            throw new BsonFormatException("a resume token does not begin with a cluster time");
        }

        var text = data.AsStringUtf8.Span;
        if (text[0] != '8' || text[1] != '2')
        {
            throw new BsonFormatException("a resume token does not begin with a cluster time");
        }

        return ClusterTime.FromPacked(
            ulong.Parse(text[2..18], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        );
    }
}

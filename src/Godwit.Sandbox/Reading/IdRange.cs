using System.Buffers;
using Godwit.Bson;

namespace Godwit.Sandbox.Reading;

/// <summary>A range of <c>_id</c> as key strings.</summary>
/// <param name="Lower">The lowest key.</param>
/// <param name="Upper">The first key that is too high; <see langword="null"/> for none.</param>
internal sealed record IdRange(byte[] Lower, byte[]? Upper)
{
    /// <summary>The range of comparison operators; <see langword="null"/> if there are none.</summary>
    internal static IdRange? Of(RawDocument operators)
    {
        byte[] lower = [];
        byte[]? upper = null;
        var isBound = false;
        foreach (var element in operators)
        {
            switch (element.Name)
            {
                case "$gt" or "$gte":
                    lower = Bound(element.Value, element.Name == "$gt" ? KeyString.After : KeyString.Before);
                    isBound = true;
                    break;
                case "$lt" or "$lte":
                    upper = Bound(element.Value, element.Name == "$lte" ? KeyString.After : KeyString.Before);
                    isBound = true;
                    break;
                default:
                    break;
            }
        }

        return isBound ? new(lower, upper) : null;
    }

    /// <summary>From <paramref name="min"/>, included, to <paramref name="max"/>, excluded; missing values for no bound.</summary>
    internal static IdRange Between(RawValue min, RawValue max) =>
        new(min.IsMissing ? [] : Bound(min, KeyString.Before), max.IsMissing ? null : Bound(max, KeyString.Before));

    private static byte[] Bound(RawValue value, byte end)
    {
        var buffer = new ArrayBufferWriter<byte>(32);
        KeyString.Append(buffer, value);
        buffer.Write([end]);
        return buffer.WrittenSpan.ToArray();
    }
}

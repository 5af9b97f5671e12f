using System.Buffers;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Planning;

/// <summary>The range of an index that <c>min</c> (with it) and <c>max</c> (without it) say.</summary>
internal static class MinMaxBounds
{
    internal static KeyRange Of(PlannedIndex index, RawDocument? min, RawDocument? max)
    {
        var lower = min is { } low ? Encode(index, low, "min") : [];
        var upper = max is { } high ? Encode(index, high, "max") : [0xFF];
        return lower.AsSpan().SequenceCompareTo(upper) < 0
            ? new(lower, upper)
            : throw new CommandException(
                51175,
                "The value provided for min() does not come before max() in the hinted index"
            );
    }

    private static byte[] Encode(PlannedIndex index, RawDocument bound, string name)
    {
        var names = bound.Select(element => element.Name);
        if (!names.SequenceEqual(index.Parts.Select(part => part.Path.Text), StringComparer.Ordinal))
        {
            throw new CommandException(
                51174,
                $"The index chosen is not compatible with {name}(): the bounds must name the fields of the hinted index"
            );
        }

        var buffer = new ArrayBufferWriter<byte>(32);
        foreach (var (value, part) in bound.Values().Zip(index.Parts))
        {
            index.Keys.Append(buffer, part, value);
        }

        buffer.Write([KeyString.Before]);
        return buffer.WrittenSpan.ToArray();
    }
}

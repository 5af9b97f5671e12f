using System.Buffers.Binary;

namespace Godwit.Testing;

/// <summary>Damages bytes as a faulty or hostile peer does.</summary>
public static class Mutation
{
    private const int ChangesMax = 4;
    private const int SliceMax = 16;
    private static readonly int[] Numbers = [0, 1, 4, 5, 127, 255, -1, -5, int.MaxValue, int.MinValue, 48_000_000];

    /// <summary>A copy with a few changes: bits, numbers, and pieces that are cut out, repeated or put in.</summary>
    public static byte[] Of(ReadOnlySpan<byte> original, Random random)
    {
        var bytes = original.ToArray();
        for (var changes = random.Next(ChangesMax) + 1; changes > 0 && bytes.Length > 0; changes--)
        {
            bytes = Change(bytes, random);
        }

        return bytes;
    }

    private static byte[] Change(byte[] bytes, Random random)
    {
        var at = random.Next(bytes.Length);
        var length = Math.Min(random.Next(SliceMax) + 1, bytes.Length - at);
        switch (random.Next(7))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2 when bytes.Length >= 4:
                var number = Numbers[random.Next(Numbers.Length)];
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Math.Min(at, bytes.Length - 4)), number);
                return bytes;
            case 3:
                return bytes[..at];
            case 4:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + length)];
            case 5:
                return [.. bytes.AsSpan(0, at + length), .. bytes.AsSpan(at)];
            default:
                var inserted = new byte[length];
                random.NextBytes(inserted);
                return [.. bytes.AsSpan(0, at), .. inserted, .. bytes.AsSpan(at)];
        }
    }
}

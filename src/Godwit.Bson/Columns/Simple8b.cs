namespace Godwit.Bson.Columns;

/// <summary>
/// Simple-8b words as MongoDB's column format uses them: as many small numbers as fit into eight bytes, their width named by the
/// lowest four bits. All ones in a slot say that there is no value. Two selectors store numbers with trailing zeros, one repeats
/// what came before.
/// </summary>
internal static class Simple8b
{
    private const int SelectorBits = 4;
    private const int RepeatSelector = 15;
    private const int RepeatUnit = 120;

    /// <summary>Width of a value per selector; slots fill the 60 bits behind it.</summary>
    private static readonly int[] Widths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30, 60];

    /// <summary>Width of a value without its count of zeros, for the second selector behind selector 7.</summary>
    private static readonly int[] WidthsWithZeros = [0, 2, 3, 4, 5, 7, 10, 14, 24, 52];

    /// <summary>The same behind selector 8, where zeros are counted in nibbles.</summary>
    private static readonly int[] WidthsWithNibbles = [0, 4, 5, 7, 10, 14, 24, 52, 4, 6, 9, 13, 23, 51];

    /// <summary>The values of one word; <paramref name="last"/> is the one before it, and then the last of it.</summary>
    internal static IEnumerable<UInt128?> Read(ulong word, UInt128? last)
    {
        var selector = (int)(word & 0xF);
        var second = (int)((word >> SelectorBits) & 0xF);
        if (selector == RepeatSelector)
        {
            return Enumerable.Repeat(last, (second + 1) * RepeatUnit);
        }

        return selector switch
        {
            0 => throw new BsonFormatException("a column has a word without a selector"),
            7 when second is > 0 and < 10 => Slots(word, 2, WidthsWithZeros[second], 4, 1),
            8 when second is > 0 and < 8 => Slots(word, 2, WidthsWithNibbles[second], 4, 4),
            8 when second is > 7 and < 14 => Slots(word, 2, WidthsWithNibbles[second], 5, 4),
            _ => Slots(word, selector is 7 or 8 ? 2 : 1, Widths[selector], 0, 0),
        };
    }

    /// <summary>Whether a value fits into any word.</summary>
    internal static bool Fits(UInt128? value) => value is not { } number || number < (1UL << Widths[^1]) - 1;

    /// <summary>Packs values into words, each as full as the values that are left allow.</summary>
    internal static List<ulong> Pack(IReadOnlyList<UInt128?> values)
    {
        var words = new List<ulong>();
        for (var next = 0; next < values.Count; )
        {
            var selector = Enumerable.Range(1, Widths.Length - 1).First(one => IsUsable(one, values, next));
            var word = (ulong)selector;
            var shift = ShiftOf(selector);
            for (var i = 0; i < CountOf(selector); i++, shift += Widths[selector])
            {
                word |= (values[next++] is { } value ? (ulong)value : Mask(Widths[selector])) << shift;
            }

            words.Add(word);
        }

        return words;
    }

    private static IEnumerable<UInt128?> Slots(ulong word, int selectors, int width, int zeroBits, int zeroUnit)
    {
        var slot = width + zeroBits;
        var first = selectors * SelectorBits;
        for (var shift = first; shift + slot <= 64; shift += slot)
        {
            var bits = (word >> shift) & Mask(slot);
            yield return bits == Mask(slot)
                ? null
                : (UInt128)(bits >> zeroBits) << ((int)(bits & Mask(zeroBits)) * zeroUnit);
        }
    }

    private static bool IsUsable(int selector, IReadOnlyList<UInt128?> values, int start)
    {
        var count = CountOf(selector);
        return start + count <= values.Count
            && Enumerable.Range(start, count).All(i => values[i] is not { } value || value < Mask(Widths[selector]));
    }

    private static int ShiftOf(int selector) => selector is 7 or 8 ? 2 * SelectorBits : SelectorBits;

    private static int CountOf(int selector) => (64 - ShiftOf(selector)) / Widths[selector];

    private static ulong Mask(int bits) => (1UL << bits) - 1;

    /// <summary>A signed number with its sign in the lowest bit, so that small ones of either sign stay small.</summary>
    internal static UInt128 ZigZag(Int128 value) => (UInt128)(value << 1) ^ (UInt128)(value >> 127);

    /// <summary>The signed number again.</summary>
    internal static Int128 UnZigZag(UInt128 value) => (Int128)(value >> 1) ^ -(Int128)(value & 1);
}

namespace Godwit.Bson;

/// <summary>
/// Orders .NET strings as their UTF-8 bytes order. Plain ordinal order differs from it for characters beyond U+FFFF, whose
/// surrogates stand before U+E000 in UTF-16.
/// </summary>
public static class Utf8Order
{
    /// <summary>The order as a comparer.</summary>
    public static IComparer<string> Comparer { get; } = Comparer<string>.Create(Compare);

    /// <summary>Compares two strings by their UTF-8 bytes.</summary>
    public static int Compare(string left, string right)
    {
        var length = Math.Min(left.Length, right.Length);
        for (var i = 0; i < length; i++)
        {
            if (left[i] != right[i])
            {
                return char.IsSurrogate(left[i]) == char.IsSurrogate(right[i])
                    ? left[i].CompareTo(right[i])
                    : char.IsSurrogate(left[i]).CompareTo(char.IsSurrogate(right[i]));
            }
        }

        return left.Length.CompareTo(right.Length);
    }
}

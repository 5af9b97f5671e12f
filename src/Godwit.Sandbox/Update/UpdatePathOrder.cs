using Godwit.Bson;

namespace Godwit.Sandbox.Update;

/// <summary>The order in which operators are applied and fields created: by bytes, but numbers by their size.</summary>
internal static class UpdatePathOrder
{
    internal static readonly IComparer<string> Comparer = Comparer<string>.Create(Compare);

    private static int Compare(string left, string right) =>
        left.Length != right.Length && IsIndex(left) && IsIndex(right)
            ? left.Length.CompareTo(right.Length)
            : Utf8Order.Compare(left, right);

    private static bool IsIndex(string text) =>
        text.Length > 0 && text.All(char.IsAsciiDigit) && (text.Length == 1 || text[0] != '0');
}

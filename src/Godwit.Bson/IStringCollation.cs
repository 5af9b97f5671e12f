namespace Godwit.Bson;

/// <summary>An order of strings other than that of their bytes, for comparisons and for index keys.</summary>
public interface IStringCollation
{
    /// <summary>Compares two strings given as UTF-8.</summary>
    int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right);

    /// <summary>Bytes that compare, as bytes, like the strings they stand for; equal strings have equal keys.</summary>
    ReadOnlyMemory<byte> SortKey(ReadOnlySpan<byte> utf8);
}

using System.Text;

namespace Godwit.Bson;

/// <summary>One element of a document: a view into the document's bytes, nothing is copied.</summary>
public readonly struct RawElement : IEquatable<RawElement>
{
    private readonly ReadOnlyMemory<byte> bytes;
    private readonly int nameLength;

    internal RawElement(ReadOnlyMemory<byte> bytes, int nameLength)
    {
        this.bytes = bytes;
        this.nameLength = nameLength;
    }

    /// <summary>The whole element: type byte, name, terminator, value.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>The type of the value.</summary>
    public BsonType Type => (BsonType)bytes.Span[0];

    /// <summary>The field name as UTF-8, without terminator.</summary>
    public ReadOnlyMemory<byte> NameUtf8 => bytes.Slice(1, nameLength);

    /// <summary>The field name; allocates. Compare with <see cref="NameIs(string)"/> on hot paths.</summary>
    public string Name => Encoding.UTF8.GetString(NameUtf8.Span);

    /// <summary>The value.</summary>
    public RawValue Value => new(Type, bytes[(nameLength + 2)..]);

    /// <summary>Whether the field has this name.</summary>
    public bool NameIs(ReadOnlySpan<byte> utf8) => NameUtf8.Span.SequenceEqual(utf8);

    /// <inheritdoc cref="NameIs(ReadOnlySpan{byte})"/>
    public bool NameIs(string name) => Utf8Name.AreEqual(NameUtf8.Span, name);

    /// <summary>Byte-for-byte equality, name included.</summary>
    public bool Equals(RawElement other) => bytes.Span.SequenceEqual(other.bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RawElement other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(bytes.Span);
        return hash.ToHashCode();
    }

    /// <summary>Byte-for-byte equality, name included.</summary>
    public static bool operator ==(RawElement left, RawElement right) => left.Equals(right);

    /// <summary>Another name or other bytes.</summary>
    public static bool operator !=(RawElement left, RawElement right) => !left.Equals(right);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Value}";
}

using System.Buffers.Binary;
using System.Collections;

namespace Godwit.Bson;

/// <summary>
/// A BSON document (or array) as its bytes. Reading walks the bytes; nothing is parsed ahead or copied. Whoever makes one
/// hands over bytes that stay unchanged for as long as it is used.
/// </summary>
public readonly struct RawDocument : IEnumerable<RawElement>, IEquatable<RawDocument>
{
    private static readonly byte[] EmptyBytes = [5, 0, 0, 0, 0];
    private readonly ReadOnlyMemory<byte> bytes;

    /// <summary>Views the document at the start of <paramref name="bytes"/>; what follows it is ignored.</summary>
    /// <exception cref="BsonFormatException">The length word is missing, below 5 or beyond the bytes given.</exception>
    public RawDocument(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < 5)
        {
            throw new BsonFormatException($"a BSON document needs at least 5 bytes, not {bytes.Length}");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);
        if (length < 5 || length > bytes.Length)
        {
            throw new BsonFormatException(
                $"a BSON document says it has {length} bytes where {bytes.Length} are present"
            );
        }

        this.bytes = bytes[..length];
    }

    /// <summary>The document without fields.</summary>
    public static RawDocument Empty => new(EmptyBytes);

    /// <summary>All bytes, length word and terminator included.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes.IsEmpty ? EmptyBytes : bytes;

    /// <summary>Length in bytes.</summary>
    public int Length => Bytes.Length;

    /// <summary>Whether there is no field.</summary>
    public bool IsEmpty => Length == 5;

    /// <summary>The value of the first field of that name; a value of type <see cref="BsonType.Missing"/> if there is none.</summary>
    public RawValue this[string name]
    {
        get
        {
            foreach (var element in this)
            {
                if (element.NameIs(name))
                {
                    return element.Value;
                }
            }

            return default;
        }
    }

    /// <inheritdoc cref="this[string]"/>
    public RawValue this[ReadOnlySpan<byte> utf8Name]
    {
        get
        {
            foreach (var element in this)
            {
                if (element.NameIs(utf8Name))
                {
                    return element.Value;
                }
            }

            return default;
        }
    }

    /// <summary>Finds the first field of that name.</summary>
    public bool TryGet(string name, out RawValue value)
    {
        value = this[name];
        return !value.IsMissing;
    }

    /// <summary>Whether a field of that name exists.</summary>
    public bool Has(string name) => !this[name].IsMissing;

    /// <summary>Number of fields (walks the document).</summary>
    public int Count()
    {
        var count = 0;
        foreach (var _ in this)
        {
            count++;
        }

        return count;
    }

    /// <summary>The first field.</summary>
    /// <exception cref="InvalidOperationException">The document is empty.</exception>
    public RawElement First()
    {
        foreach (var element in this)
        {
            return element;
        }

        throw new InvalidOperationException("the document has no field");
    }

    /// <summary>The values in order, as one reads an array.</summary>
    public IEnumerable<RawValue> Values()
    {
        foreach (var element in this)
        {
            yield return element.Value;
        }
    }

    /// <summary>Walks the fields in order.</summary>
    public Enumerator GetEnumerator() => new(Bytes);

    IEnumerator<RawElement> IEnumerable<RawElement>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Byte-for-byte equality.</summary>
    public bool Equals(RawDocument other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RawDocument other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <summary>Byte-for-byte equality.</summary>
    public static bool operator ==(RawDocument left, RawDocument right) => left.Equals(right);

    /// <summary>Byte-for-byte difference.</summary>
    public static bool operator !=(RawDocument left, RawDocument right) => !left.Equals(right);

    /// <summary>For people and test output; not a format to parse.</summary>
    public override string ToString() => RawText.Describe(this);

    /// <summary>Walks the elements of a document.</summary>
    public struct Enumerator : IEnumerator<RawElement>
    {
        private readonly ReadOnlyMemory<byte> document;
        private int next;

        internal Enumerator(ReadOnlyMemory<byte> document)
        {
            this.document = document;
            next = 4;
            Current = default;
        }

        /// <inheritdoc/>
        public RawElement Current { get; private set; }

        readonly object IEnumerator.Current => Current;

        /// <inheritdoc/>
        /// <exception cref="BsonFormatException">The bytes at this place are not an element.</exception>
        public bool MoveNext()
        {
            var span = document.Span;
            if (next >= span.Length)
            {
                throw new BsonFormatException("a BSON document ends without its terminator");
            }

            if (span[next] == 0)
            {
                return false;
            }

            var nameLength = span[(next + 1)..].IndexOf((byte)0);
            if (nameLength < 0)
            {
                throw new BsonFormatException("a field name has no end");
            }

            var valueStart = next + nameLength + 2;
            var valueLength = RawValue.MeasureLength((BsonType)span[next], span[valueStart..]);
            Current = new(document.Slice(next, valueStart - next + valueLength), nameLength);
            next = valueStart + valueLength;
            return true;
        }

        /// <inheritdoc/>
        public void Reset() => next = 4;

        /// <inheritdoc/>
        public readonly void Dispose() { }
    }
}

namespace Godwit.Bson.Columns;

/// <summary>
/// Reads a binary of subtype 7, MongoDB's compressed column: values written out, then words of differences from them; objects of
/// one shape as one stream per field, interleaved.
/// </summary>
public static class ColumnReader
{
    private const byte LegacyObjects = 0xF0;
    private const byte Objects = 0xF1;
    private const byte Arrays = 0xF2;

    /// <summary>The values in their order, a missing one where a measurement has none.</summary>
    /// <exception cref="BsonFormatException">The column is damaged.</exception>
    public static IEnumerable<RawValue> Read(ReadOnlyMemory<byte> column)
    {
        var stream = new ColumnStream();
        var position = 0;
        while (At(column, position) is var control and not 0)
        {
            if (control is LegacyObjects or Objects or Arrays)
            {
                foreach (var value in ReadObjects(column, ref position))
                {
                    yield return value;
                }

                stream = new();
            }
            else if (IsLiteral(control))
            {
                var literal = ReadLiteral(column, ref position);
                stream.Take(literal);
                yield return literal;
            }
            else
            {
                position += stream.TakeWords(column.Span[position..]);
                while (stream.HasPending)
                {
                    yield return stream.Next();
                }
            }
        }
    }

    private static bool IsLiteral(byte control) => control < 0x20 || control is 0x7F or 0xFF;

    private static byte At(ReadOnlyMemory<byte> column, int position) =>
        position < column.Length
            ? column.Span[position]
            : throw new BsonFormatException("a column ends without its last byte");

    private static RawValue ReadLiteral(ReadOnlyMemory<byte> column, ref int position)
    {
        var type = (BsonType)column.Span[position];
        var rest = column[(position + 2)..];
        var length = RawValue.MeasureLength(type, rest.Span);
        position += 2 + length;
        return new(type, rest[..length]);
    }

    private static List<RawValue> ReadObjects(ReadOnlyMemory<byte> column, ref int position)
    {
        var control = column.Span[position++];
        var rest = column[position..];
        var type = control == Arrays ? BsonType.Array : BsonType.Document;
        var length = RawValue.MeasureLength(type, rest.Span);
        var reference = new RawDocument(rest[..length]);
        position += length;
        var entersArrays = control != LegacyObjects;
        var streams = Leaves(reference, entersArrays).Select(leaf => new ColumnStream(leaf)).ToList();
        var values = new List<RawValue>();
        while (true)
        {
            var leaves = new Queue<RawValue>();
            foreach (var stream in streams)
            {
                if (!stream.HasPending && At(column, position) == 0)
                {
                    position++;
                    return values;
                }

                leaves.Enqueue(NextLeaf(column, stream, ref position));
            }

            values.Add(Rebuild(reference, type, leaves, entersArrays));
        }
    }

    private static RawValue NextLeaf(ReadOnlyMemory<byte> column, ColumnStream stream, ref int position)
    {
        if (stream.HasPending)
        {
            return stream.Next();
        }

        if (IsLiteral(At(column, position)))
        {
            var literal = ReadLiteral(column, ref position);
            stream.Take(literal);
            return literal;
        }

        position += stream.TakeWords(column.Span[position..]);
        return stream.Next();
    }

    private static bool IsEntered(BsonType type, bool entersArrays) =>
        type == BsonType.Document || (entersArrays && type == BsonType.Array);

    private static IEnumerable<RawValue> Leaves(RawDocument document, bool entersArrays)
    {
        foreach (var element in document)
        {
            if (IsEntered(element.Type, entersArrays) && !element.Value.AsDocument.IsEmpty)
            {
                foreach (var leaf in Leaves(element.Value.AsDocument, entersArrays))
                {
                    yield return leaf;
                }
            }
            else
            {
                yield return element.Value;
            }
        }
    }

    private static RawValue Rebuild(RawDocument reference, BsonType type, Queue<RawValue> leaves, bool entersArrays)
    {
        var builder = new DocumentBuilder(reference.Length);
        foreach (var element in reference)
        {
            var value =
                IsEntered(element.Type, entersArrays) && !element.Value.AsDocument.IsEmpty
                    ? Rebuild(element.Value.AsDocument, element.Type, leaves, entersArrays)
                    : leaves.Dequeue();
            builder.Add(element.NameUtf8.Span, value);
        }

        var rebuilt = builder.Build();
        return rebuilt.IsEmpty ? default : new(type, rebuilt.Bytes);
    }
}

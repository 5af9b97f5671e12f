using System.Buffers.Text;

namespace Godwit.Bson;

/// <summary>
/// Applies the oplog's <c>$v:2</c> diff to a document, by structure: <c>d</c> removes, <c>u</c> replaces in place, <c>i</c>
/// appends in order (an existing field moves to the end), <c>b</c> splices bytes, <c>s…</c> goes into a field; in an array
/// <c>l</c> sets the length and <c>u0</c>, <c>s0</c>, … change elements. A nested diff whose field has another type by now
/// changes nothing, as on a secondary.
/// </summary>
public static class DiffApplier
{
    private const string Sections = "duib";

    /// <summary>The document after the diff.</summary>
    /// <exception cref="BsonFormatException">The diff is empty, has sections in another order, or one of another type.</exception>
    public static RawDocument Apply(RawDocument before, RawDocument diff)
    {
        var changes = ReadChanges(diff, out var appended);
        var builder = new DocumentBuilder(before.Length + diff.Length);
        foreach (var field in before)
        {
            if (!changes.TryGetValue(field.Name, out var change))
            {
                builder.Add(field);
                continue;
            }

            switch (change.Kind)
            {
                case 'u':
                    builder.Add(field.NameUtf8.Span, change.Value);
                    _ = appended.RemoveAll(element => element.NameIs(field.NameUtf8.Span));
                    break;
                case 'b':
                    builder.Add(field.NameUtf8.Span, Splice(field.Value, change.Value));
                    break;
                case 's':
                    builder.Add(field.NameUtf8.Span, ApplyNested(field.Value, change.Value.AsDocument));
                    break;
                default:
                    break;
            }
        }

        foreach (var element in appended)
        {
            builder.Add(element);
        }

        return builder.Build();
    }

    private static Dictionary<string, (char Kind, RawValue Value)> ReadChanges(
        RawDocument diff,
        out List<RawElement> appended
    )
    {
        RefuseEmpty(diff);
        appended = [];
        var changes = new Dictionary<string, (char, RawValue)>(StringComparer.Ordinal);
        var reached = -1;
        foreach (var section in diff)
        {
            Require(section.Type == BsonType.Document && section.NameUtf8.Length > 0, section);
            if (section.NameUtf8.Span[0] == (byte)'s')
            {
                reached = Sections.Length;
                Require(changes.TryAdd(section.Name[1..], ('s', section.Value)), section);
                continue;
            }

            var position = Sections.IndexOf(section.Name, StringComparison.Ordinal);
            Require(position > reached, section);
            reached = position;
            foreach (var field in section.Value.AsDocument)
            {
                Require(changes.TryAdd(field.Name, (Sections[position], field.Value)), section);
                if (Sections[position] is 'u' or 'i')
                {
                    appended.Add(field);
                }
            }
        }

        return changes;
    }

    private static RawValue ApplyNested(RawValue value, RawDocument diff)
    {
        RefuseEmpty(diff);
        var first = diff.First();
        var isArray = first.NameIs("a"u8) && first.Type == BsonType.Boolean;
        return value.Type switch
        {
            BsonType.Document when !isArray => Apply(value.AsDocument, diff),
            BsonType.Array when isArray => ApplyToArray(value.AsDocument, diff),
            _ => value,
        };
    }

    private static RawValue ApplyToArray(RawDocument before, RawDocument diff)
    {
        var values = new List<RawValue>(before.Values());
        int? length = null;
        foreach (var entry in diff)
        {
            switch (entry.NameUtf8.Span)
            {
                case [(byte)'a']:
                    break;
                case [(byte)'l'] when entry.Type == BsonType.Int32:
                    length = entry.Value.AsInt32;
                    Resize(values, length.Value);
                    break;
                case [(byte)'u' or (byte)'s', .. var digits] when TryReadIndex(digits, out var index):
                    if (index >= (length ?? int.MaxValue))
                    {
                        break;
                    }

                    var isUpdate = entry.NameUtf8.Span[0] == (byte)'u';
                    Resize(values, Math.Max(values.Count, index + 1));
                    values[index] = isUpdate ? entry.Value : ApplyNested(values[index], entry.Value.AsDocument);
                    break;
                default:
                    Require(condition: false, entry);
                    break;
            }
        }

        return RawValue.Array(values);
    }

    private static bool TryReadIndex(ReadOnlySpan<byte> digits, out int index) =>
        Utf8Parser.TryParse(digits, out index, out var read) && read == digits.Length && index >= 0;

    private static void Resize(List<RawValue> values, int length)
    {
        if (values.Count > length)
        {
            values.RemoveRange(length, values.Count - length);
        }

        while (values.Count < length)
        {
            values.Add(RawValue.Null);
        }
    }

    /// <summary>Writes <c>d</c> over the bytes from offset <c>o</c>, beyond the end if need be.</summary>
    private static RawValue Splice(RawValue value, RawValue change)
    {
        var (offset, data) = (change.AsDocument["o"], change.AsDocument["d"]);
        if (value.Type != BsonType.Binary || offset.Type != BsonType.Int32 || data.Type != BsonType.Binary)
        {
            throw new BsonFormatException("a binary splice needs binary data, an offset and bytes");
        }

        var old = value.BinaryData.Span;
        var added = data.BinaryData.Span;
        if (offset.AsInt32 < 0 || offset.AsInt32 > old.Length)
        {
            throw new BsonFormatException("a binary splice begins outside the data");
        }

        var bytes = new byte[Math.Max(old.Length, offset.AsInt32 + added.Length)];
        old.CopyTo(bytes);
        added.CopyTo(bytes.AsSpan(offset.AsInt32));
        return RawValue.Binary(bytes, value.BinarySubtype);
    }

    private static void RefuseEmpty(RawDocument diff)
    {
        if (diff.IsEmpty)
        {
            throw new BsonFormatException("an empty diff");
        }
    }

    private static void Require(bool condition, RawElement section)
    {
        if (!condition)
        {
            throw new BsonFormatException($"unexpected section '{section.Name}' in a diff");
        }
    }
}

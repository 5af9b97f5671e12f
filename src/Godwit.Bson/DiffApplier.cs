using System.Globalization;

namespace Godwit.Bson;

/// <summary>
/// Applies the diff of an oplog entry (<c>$v: 2</c>) by structure, giving the document after byte for byte. Sections of a document:
/// <c>d</c> removed, <c>u</c> in place, <c>i</c> to the end, <c>b</c> the tail of a binary, <c>s…</c> nested; of an array: <c>a</c>,
/// <c>l</c> new length, <c>u0…</c>, <c>s0…</c> (MongoDB's document_diff_applier, recorded in golden/updates.jsonl).
/// </summary>
public static class DiffApplier
{
    /// <summary>The document after the diff.</summary>
    /// <param name="before">The very document the diff was made on; on another one the result has no meaning.</param>
    /// <param name="diff">The <c>diff</c> field of the entry.</param>
    /// <exception cref="BsonFormatException">The diff has a section that is not known.</exception>
    public static RawDocument Apply(RawDocument before, RawDocument diff)
    {
        var sections = new Sections(diff);
        var after = new DocumentBuilder(before.Length + diff.Length);
        foreach (var field in before)
        {
            var name = field.NameUtf8.Span;
            if (sections.Removed.HasField(name) || sections.Appended.HasField(name))
            {
                continue;
            }

            if (sections.Changed[name] is { IsMissing: false } changed)
            {
                _ = after.Add(name, changed);
            }
            else if (sections.Spliced[name] is { IsMissing: false } splice)
            {
                _ = after.Add(name, Splice(field.Value, splice.AsDocument));
            }
            else if (sections.Nested(name) is { } nested)
            {
                _ = after.Add(name, ApplyNested(field.Value, nested));
            }
            else
            {
                _ = after.Add(field);
            }
        }

        foreach (var field in sections.Changed)
        {
            if (!before.HasField(field.NameUtf8.Span))
            {
                _ = after.Add(field);
            }
        }

        return after.AddAll(sections.Appended).Build();
    }

    private static bool HasField(this RawDocument document, ReadOnlySpan<byte> name) => !document[name].IsMissing;

    /// <summary>A nested diff whose place now holds something else is passed over, as the server does.</summary>
    private static RawValue ApplyNested(RawValue before, RawDocument diff)
    {
        if (IsArrayDiff(diff))
        {
            return before.Type == BsonType.Array ? ApplyArray(before.AsDocument, diff) : before;
        }

        return before.Type == BsonType.Document ? Apply(before.AsDocument, diff) : before;
    }

    private static bool IsArrayDiff(RawDocument diff) =>
        !diff.IsEmpty && diff.First() is { Type: BsonType.Boolean } first && first.NameIs("a"u8);

    private static RawValue ApplyArray(RawDocument before, RawDocument diff)
    {
        var elements = before.Values().ToList();
        foreach (var entry in diff)
        {
            var name = entry.Name;
            switch (name[0])
            {
                case 'a':
                    break;
                case 'l':
                    Resize(elements, entry.Value.AsInt32);
                    break;
                case 'u' or 's':
                    var index = int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture);
                    Resize(elements, Math.Max(elements.Count, index + 1));
                    elements[index] =
                        name[0] == 'u' ? entry.Value : ApplyNested(elements[index], entry.Value.AsDocument);
                    break;
                default:
                    throw new BsonFormatException($"an array diff has no section '{name}'");
            }
        }

        return RawValue.Array(elements);
    }

    private static void Resize(List<RawValue> elements, int count)
    {
        if (count < elements.Count)
        {
            elements.RemoveRange(count, elements.Count - count);
        }

        while (elements.Count < count)
        {
            elements.Add(RawValue.Null);
        }
    }

    /// <summary>Keeps the first <c>o</c> bytes and puts <c>d</c> behind them.</summary>
    private static RawValue Splice(RawValue before, RawDocument splice)
    {
        var offset = splice["o"].AsInt32;
        var tail = splice["d"].BinaryData;
        var data = new byte[offset + tail.Length];
        before.BinaryData.Span[..offset].CopyTo(data);
        tail.Span.CopyTo(data.AsSpan(offset));
        return RawValue.Binary(data, before.BinarySubtype);
    }

    /// <summary>The sections of a document's diff.</summary>
    private readonly struct Sections
    {
        private readonly RawDocument diff;

        internal Sections(RawDocument diff)
        {
            this.diff = diff;
            foreach (var section in diff)
            {
                switch (section.NameUtf8.Span)
                {
                    case [(byte)'d']:
                        Removed = section.Value.AsDocument;
                        break;
                    case [(byte)'u']:
                        Changed = section.Value.AsDocument;
                        break;
                    case [(byte)'i']:
                        Appended = section.Value.AsDocument;
                        break;
                    case [(byte)'b']:
                        Spliced = section.Value.AsDocument;
                        break;
                    case [(byte)'s', ..]:
                        break;
                    default:
                        throw new BsonFormatException($"a diff has no section '{section.Name}'");
                }
            }
        }

        internal RawDocument Removed { get; } = RawDocument.Empty;

        internal RawDocument Changed { get; } = RawDocument.Empty;

        internal RawDocument Appended { get; } = RawDocument.Empty;

        internal RawDocument Spliced { get; } = RawDocument.Empty;

        internal RawDocument? Nested(ReadOnlySpan<byte> name)
        {
            foreach (var section in diff)
            {
                var found = section.NameUtf8.Span;
                if (found[0] == (byte)'s' && found[1..].SequenceEqual(name))
                {
                    return section.Value.AsDocument;
                }
            }

            return null;
        }
    }
}

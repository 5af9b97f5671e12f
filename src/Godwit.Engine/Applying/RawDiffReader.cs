using Godwit.Bson;

namespace Godwit.Engine.Applying;

/// <summary>
/// Reads the oplog's <c>$v:2</c> diff: per document <c>d</c> removed, <c>u</c> changed in place, <c>i</c> appended in order,
/// <c>s…</c> nested; per array <c>a</c>, <c>l</c> new length, <c>u0…</c> and <c>s0…</c>. The reader of golden/updates.jsonl.
/// </summary>
internal static class RawDiffReader
{
    /// <summary>Returns <see langword="false"/> for what a path cannot name (dots, dollar signs, empty names) and for binary splices.</summary>
    internal static bool TryRead(RawDocument diff, Delta delta)
    {
        foreach (var section in diff)
        {
            var name = section.NameUtf8.Span;
            var isRead = name switch
            {
                [(byte)'d'] => TryRemove(section.Value.AsDocument, delta),
                [(byte)'u'] => TryChange(section.Value.AsDocument, delta),
                [(byte)'i'] => TryAppend(section.Value.AsDocument, delta),
                [(byte)'s', .. var field] => TryReadNested(section.Value.AsDocument, field, delta),
                _ => false,
            };
            if (!isRead)
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryReadNested(RawDocument diff, ReadOnlySpan<byte> name, Delta delta)
    {
        if (!PathBuffer.CanCarry(name))
        {
            return false;
        }

        var back = delta.Path.Enter(name);
        var isRead =
            diff.First().NameIs("a"u8) && diff.First().Type == BsonType.Boolean
                ? TryReadArray(diff, delta)
                : TryRead(diff, delta);
        delta.Path.Leave(back);
        return isRead;
    }

    private static bool TryReadArray(RawDocument diff, Delta delta)
    {
        foreach (var entry in diff)
        {
            switch (entry.NameUtf8.Span)
            {
                case [(byte)'a']:
                    break;
                case [(byte)'l']:
                    delta.Shorten(entry.Value.AsInt32);
                    break;
                case [(byte)'u', .. var index]:
                    delta.Change(index, entry.Value);
                    break;
                case [(byte)'s', .. var index] when TryReadNested(entry.Value.AsDocument, index, delta):
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    private static bool TryRemove(RawDocument fields, Delta delta)
    {
        foreach (var field in fields)
        {
            if (!PathBuffer.CanCarry(field.NameUtf8.Span))
            {
                return false;
            }

            delta.Remove(field.NameUtf8.Span);
        }

        return true;
    }

    private static bool TryChange(RawDocument fields, Delta delta)
    {
        foreach (var field in fields)
        {
            if (!PathBuffer.CanCarry(field.NameUtf8.Span))
            {
                return false;
            }

            delta.Change(field.NameUtf8.Span, field.Value);
        }

        return true;
    }

    private static bool TryAppend(RawDocument fields, Delta delta)
    {
        var previous = ReadOnlySpan<byte>.Empty;
        foreach (var field in fields)
        {
            var name = field.NameUtf8.Span;
            if (!PathBuffer.CanCarry(name))
            {
                return false;
            }

            delta.Append(name, field.Value, previous.IsEmpty || IsCreatedAfter(name, previous));
            previous = name;
        }

        return true;
    }

    /// <summary>
    /// Operators create new fields in the order of their names, numbers as numbers; where digits make that doubtful the
    /// answer is no, which costs a statement and never an order.
    /// </summary>
    private static bool IsCreatedAfter(ReadOnlySpan<byte> name, ReadOnlySpan<byte> previous) =>
        !HasDigit(name) && !HasDigit(previous) && name.SequenceCompareTo(previous) > 0;

    private static bool HasDigit(ReadOnlySpan<byte> name) => name.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0;
}

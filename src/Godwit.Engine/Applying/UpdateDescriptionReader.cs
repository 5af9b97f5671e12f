using Godwit.Bson;

namespace Godwit.Engine.Applying;

/// <summary>
/// Reads a plain <c>updateDescription</c>, where the server gives no raw diff. An updated field may have been changed in place or
/// moved to the end, which it does not say; so only removals, shortened arrays and array elements are taken from it.
/// </summary>
internal static class UpdateDescriptionReader
{
    /// <summary>Returns <see langword="false"/> when the description admits more than one document after it.</summary>
    internal static bool TryRead(RawDocument description, Delta delta)
    {
        // A path that is ambiguous is listed; without ambiguity a number behind a dot is always an array index.
        if (
            description["disambiguatedPaths"] is not { Type: BsonType.Document } ambiguous
            || !ambiguous.AsDocument.IsEmpty
        )
        {
            return false;
        }

        foreach (var field in description["updatedFields"].AsDocument)
        {
            if (!IsArrayElement(field.NameUtf8.Span))
            {
                return false;
            }

            delta.Change(field.NameUtf8.Span, field.Value);
        }

        foreach (var removed in description["removedFields"].AsDocument.Values())
        {
            if (!CanCarryAll(removed.AsStringUtf8.Span))
            {
                return false;
            }

            delta.Remove(removed.AsStringUtf8.Span);
        }

        foreach (var truncated in description["truncatedArrays"].AsDocument.Values())
        {
            var array = truncated.AsDocument;
            var back = delta.Path.Enter(array["field"].AsStringUtf8.Span);
            delta.Shorten(array["newSize"].AsInt32);
            delta.Path.Leave(back);
        }

        return true;
    }

    private static bool IsArrayElement(ReadOnlySpan<byte> path)
    {
        var last = path[(path.LastIndexOf((byte)'.') + 1)..];
        return last.Length < path.Length
            && !last.IsEmpty
            && !last.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && CanCarryAll(path);
    }

    private static bool CanCarryAll(ReadOnlySpan<byte> path)
    {
        foreach (var range in path.Split((byte)'.'))
        {
            if (!PathBuffer.CanCarry(path[range]))
            {
                return false;
            }
        }

        return true;
    }
}

using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>A field by its path through documents; arrays on the way are not entered.</summary>
internal static class NestedFields
{
    /// <summary>The value at a path; absent if there is none.</summary>
    internal static RawValue Get(RawDocument document, ReadOnlySpan<string> path)
    {
        var value = document[path[0]];
        return path.Length == 1 ? value
            : value.Type == BsonType.Document ? Get(value.AsDocument, path[1..])
            : default;
    }

    /// <summary>The document with another value at a path, in its place or at the end; an absent value takes the field out.</summary>
    internal static RawDocument Set(RawDocument document, ReadOnlySpan<string> path, RawValue value)
    {
        var builder = new DocumentBuilder(document.Length + value.Bytes.Length + 16);
        var isSet = false;
        foreach (var element in document)
        {
            if (!isSet && element.NameIs(path[0]))
            {
                isSet = true;
                builder.Add(path[0], Inner(element.Value, path[1..], value));
            }
            else
            {
                builder.Add(element);
            }
        }

        if (!isSet)
        {
            builder.Add(path[0], Inner(default, path[1..], value));
        }

        return builder.Build();
    }

    private static RawValue Inner(RawValue current, ReadOnlySpan<string> rest, RawValue value)
    {
        if (rest.IsEmpty)
        {
            return value;
        }

        var isDocument = current.Type == BsonType.Document;
        if (value.IsMissing && !isDocument)
        {
            return current;
        }

        return Set(isDocument ? current.AsDocument : RawDocument.Empty, rest, value);
    }
}

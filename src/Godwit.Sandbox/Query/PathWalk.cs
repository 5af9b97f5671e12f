using Godwit.Bson;

namespace Godwit.Sandbox.Query;

/// <summary>What a predicate does with an array at the end of its path.</summary>
internal enum LeafArrays
{
    /// <summary>Tests each element, then the array itself.</summary>
    ElementsAndArray,

    /// <summary>Tests the array as one value.</summary>
    Whole,
}

/// <summary>Where in an array the element stood that made a filter match: what <c>$</c> in updates and projections means.</summary>
internal sealed class MatchTrace
{
    internal int? ArrayOffset { get; set; }
}

/// <summary>
/// Follows a dotted path through documents and arrays, in MongoDB's order, until a value passes the test. An absent field
/// is tested as the absent value; an array on the way is entered, by element and by place.
/// </summary>
internal readonly struct PathWalk(FieldPath path, IValueTest test, MatchTrace? trace)
{
    internal bool Any(RawDocument document) => Any(document, 0);

    private bool Any(RawDocument document, int index)
    {
        while (true)
        {
            var value = document[path.Part(index)];
            if (path.IsLast(index))
            {
                return Leaf(value);
            }

            index++;
            switch (value.Type)
            {
                case BsonType.Document:
                    document = value.AsDocument;
                    break;
                case BsonType.Array:
                    return AnyElement(value.AsDocument, index);
                default:
                    return Test(default);
            }
        }
    }

    private bool Leaf(RawValue value)
    {
        if (value.Type == BsonType.Array && test.LeafArrays == LeafArrays.ElementsAndArray)
        {
            var offset = 0;
            foreach (var element in value.AsDocument)
            {
                if (Test(element.Value))
                {
                    return Found(offset);
                }

                offset++;
            }
        }

        return Test(value);
    }

    /// <summary>An array with path left over: documents in it are followed; an element at a named place counts too.</summary>
    private bool AnyElement(RawDocument array, int index)
    {
        var offset = 0;
        foreach (var element in array)
        {
            var value = element.Value;
            if (value.Type == BsonType.Document && Any(value.AsDocument, index))
            {
                return Found(offset);
            }

            if (path.IsPlace(index, element) && AtPlace(value, index))
            {
                return true;
            }

            offset++;
        }

        return false;
    }

    private bool AtPlace(RawValue value, int index)
    {
        if (path.IsLast(index))
        {
            return Test(value);
        }

        return value.Type switch
        {
            BsonType.Document => Any(value.AsDocument, index + 1),
            BsonType.Array => AnyElement(value.AsDocument, index + 1),
            _ => false,
        };
    }

    private bool Test(RawValue value) => test.Matches(value, trace);

    /// <summary>The outermost array that was gone through decides what <c>$</c> stands for.</summary>
    private bool Found(int offset)
    {
        if (trace is not null)
        {
            trace.ArrayOffset = offset;
        }

        return true;
    }
}

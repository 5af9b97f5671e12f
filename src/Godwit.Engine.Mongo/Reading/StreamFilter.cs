using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Reading;

/// <summary>What the server leaves out of a change stream: Godwit's own databases, and what other streams carry (S10).</summary>
internal static class StreamFilter
{
    internal static DocumentBuilder Of(StreamPart? part)
    {
        var filter = new DocumentBuilder
        {
            {
                "ns.db",
                new DocumentBuilder
                {
                    {
                        "$not",
                        new DocumentBuilder { { "$regex", ReservedNames.Expression } }
                    },
                }
            },
        };
        return part switch
        {
            null => filter,
            { Index: 0 } first => filter.Add("$or", RawValue.Array([HasKey(false), IsIn(first)])),
            { } other => filter.AddAll(HasKey(true).Build()).AddAll(IsIn(other).Build()),
        };
    }

    private static DocumentBuilder HasKey(bool has) =>
        new()
        {
            {
                "documentKey",
                new DocumentBuilder { { "$exists", has } }
            },
        };

    /// <summary>A hash may be negative, and so its remainder.</summary>
    private static DocumentBuilder IsIn(StreamPart part)
    {
        var hash = new DocumentBuilder { { "$toHashedIndexKey", "$documentKey._id" } };
        var remainder = new DocumentBuilder { { "$mod", RawValue.Array([hash, part.Of]) } };
        var positive = new DocumentBuilder { { "$add", RawValue.Array([remainder, part.Of]) } };
        var wanted = new DocumentBuilder { { "$mod", RawValue.Array([positive, part.Of]) } };
        return new()
        {
            {
                "$expr",
                new DocumentBuilder { { "$eq", RawValue.Array([wanted, part.Index]) } }
            },
        };
    }
}

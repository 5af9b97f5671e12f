using Godwit.Bson;

namespace Godwit.Sandbox.TimeSeries;

/// <summary>The least and greatest value of each field of a bucket; of objects and arrays, of each part of them.</summary>
internal sealed class Bounds
{
    private readonly Dictionary<string, Node> fields = new(StringComparer.Ordinal);

    /// <summary>Whether a measurement may join: no field may be an object in one and a scalar in another, nor text in one and a number in another.</summary>
    internal bool Accepts(RawDocument measurement, string? metaField) =>
        measurement
            .Where(field => field.Name != metaField)
            .All(field => !fields.TryGetValue(field.Name, out var node) || node.Accepts(field.Value));

    /// <summary>Takes a measurement in.</summary>
    internal void Add(RawDocument measurement, string? metaField)
    {
        foreach (var field in measurement)
        {
            if (field.Name == metaField)
            {
                continue;
            }

            if (!fields.TryGetValue(field.Name, out var node))
            {
                fields[field.Name] = node = new();
            }

            node.Add(field.Value);
        }
    }

    /// <summary>The least values; the time is the bucket's start.</summary>
    internal RawDocument Least(string timeField, RawValue start) =>
        Build(fields, (name, node) => name == timeField ? start : node.Bound(isLeast: true));

    /// <summary>The greatest values.</summary>
    internal RawDocument Greatest() => Build(fields, (_, node) => node.Bound(isLeast: false));

    private static RawDocument Build(Dictionary<string, Node> nodes, Func<string, Node, RawValue> bound)
    {
        var builder = new DocumentBuilder();
        foreach (var (name, node) in nodes)
        {
            builder.Add(name, bound(name, node));
        }

        return builder.Build();
    }

    private sealed class Node
    {
        private readonly Dictionary<string, Node> parts = new(StringComparer.Ordinal);
        private RawValue least;
        private RawValue greatest;
        private BsonType type = BsonType.Missing;

        internal bool Accepts(RawValue value) =>
            Family(type) == Family(value.Type)
            && (
                type is not (BsonType.Document or BsonType.Array)
                || value.AsDocument.All(part => !parts.TryGetValue(part.Name, out var node) || node.Accepts(part.Value))
            );

        internal void Add(RawValue value)
        {
            type = value.Type;
            if (type is BsonType.Document or BsonType.Array)
            {
                foreach (var part in value.AsDocument)
                {
                    if (!parts.TryGetValue(part.Name, out var node))
                    {
                        parts[part.Name] = node = new();
                    }

                    node.Add(part.Value);
                }
            }

            least = least.IsMissing || ValueComparer.Compare(value, least) < 0 ? value : least;
            greatest = greatest.IsMissing || ValueComparer.Compare(value, greatest) > 0 ? value : greatest;
        }

        internal RawValue Bound(bool isLeast)
        {
            if (type is not (BsonType.Document or BsonType.Array))
            {
                return isLeast ? least : greatest;
            }

            return new(type, Build(parts, (_, node) => node.Bound(isLeast)).Bytes);
        }

        private static BsonType Family(BsonType one) =>
            one switch
            {
                BsonType.Int32 or BsonType.Int64 or BsonType.Double or BsonType.Decimal128 => BsonType.Double,
                BsonType.Symbol => BsonType.String,
                _ => one,
            };
    }
}

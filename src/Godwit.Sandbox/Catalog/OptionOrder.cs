using Godwit.Bson;

namespace Godwit.Sandbox.Catalog;

/// <summary>Keeps the options of a collection in the order MongoDB shows them.</summary>
internal static class OptionOrder
{
    private static readonly string[] Names =
    [
        "capped",
        "size",
        "max",
        "autoIndexId",
        "temp",
        "changeStreamPreAndPostImages",
        "storageEngine",
        "indexOptionDefaults",
        "validator",
        "validationLevel",
        "validationAction",
        "collation",
        "clusteredIndex",
        "expireAfterSeconds",
        "timeseries",
        "viewOn",
        "pipeline",
        "encryptedFields",
    ];

    /// <summary>The options with one of them set.</summary>
    internal static RawDocument Set(RawDocument options, string name, RawValue value)
    {
        var builder = new DocumentBuilder(options.Length + 64);
        foreach (var field in Names)
        {
            builder.Add(field, field == name ? value : options[field]);
        }

        return builder.Build();
    }
}

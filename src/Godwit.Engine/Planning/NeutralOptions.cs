using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Planning;

/// <summary>
/// What a collection and an index look like until commit (S25): nothing that refuses, deletes or hides documents by itself, so that
/// changes can be applied in any order of keys and nothing disappears that the source still has.
/// </summary>
internal static class NeutralOptions
{
    /// <summary>Larger than what is copied can grow to; the source's own truncation arrives as deletes (S30).</summary>
    internal const long CappedBytes = 1L << 50;

    /// <summary>
    /// The options to create a collection with. The validator is among them, since every write bypasses it (S15): set by a later
    /// <c>collMod</c> it would carry a level and an action that the source's options do not have.
    /// </summary>
    internal static RawDocument ToCreate(RawDocument options) => Neutralise(options, keepsValidation: true);

    /// <summary>What the options of both sides have in common until commit.</summary>
    internal static RawDocument OfCollection(RawDocument options) => Neutralise(options, keepsValidation: false);

    private static RawDocument Neutralise(RawDocument options, bool keepsValidation)
    {
        var neutral = new DocumentBuilder();
        foreach (var option in options)
        {
            switch (option.Name)
            {
                case "size" when options["capped"].IsTruthy():
                    _ = neutral.Add("size", (double)CappedBytes);
                    break;
                case "uuid" or "max" or "changeStreamPreAndPostImages" or "expireAfterSeconds" or "temp" or "flags":
                case "validator" or "validationLevel" or "validationAction" when !keepsValidation:
                    break;
                case "timeseries" when option.Value.AsDocument is var series:
                    _ = neutral.Add(option.Name, keepsValidation ? WithOneSpan(series) : WithoutSpan(series));
                    break;
                default:
                    _ = neutral.Add(option);
                    break;
            }
        }

        return neutral.Build();
    }

    /// <summary>How long a bucket may be, once: listed are both the word and the seconds that it stands for.</summary>
    private static RawDocument WithOneSpan(RawDocument series) =>
        series.Has("granularity") ? Without(series, name => name == "bucketMaxSpanSeconds") : series;

    /// <summary>How long a bucket may be can be changed at any time, and is put right at the cutover.</summary>
    private static RawDocument WithoutSpan(RawDocument series) =>
        Without(series, name => name is not ("timeField" or "metaField"));

    private static RawDocument Without(RawDocument document, Predicate<string> leavesOut)
    {
        var rest = new DocumentBuilder();
        foreach (var field in document)
        {
            if (!leavesOut(field.Name))
            {
                _ = rest.Add(field);
            }
        }

        return rest.Build();
    }

    /// <summary>
    /// The specification to create an index with in a new collection. One that keeps a unique shard key is unique from the start: a
    /// collection that is sharded cannot be given one later (S25).
    /// </summary>
    internal static RawDocument ToCreateIndex(RawDocument index, ShardKey? key)
    {
        var neutral = OfIndex(index);
        return key?.IsKeptUniqueBy(index) == true
            ? new DocumentBuilder(neutral.Length + 16).AddAll(neutral).Add("unique", true).Build()
            : neutral;
    }

    /// <summary>What an index of both sides has in common until commit.</summary>
    internal static RawDocument OfIndex(RawDocument index)
    {
        var neutral = new DocumentBuilder();
        foreach (var field in index)
        {
            if (field.Name is not ("unique" or "prepareUnique" or "expireAfterSeconds" or "hidden" or "ns"))
            {
                _ = neutral.Add(field);
            }
        }

        return neutral.Build();
    }
}

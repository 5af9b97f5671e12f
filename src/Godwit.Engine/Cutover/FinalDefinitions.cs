using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Cutover;

/// <summary>
/// The <c>collMod</c>s that put in force what was kept neutral (S25): those that must stand before the destination opens, and those that
/// may take their time afterwards. Computed from two listings, so that an interrupted cutover goes on where it was.
/// </summary>
internal static class FinalDefinitions
{
    /// <summary>Before opening: no duplicate may come in any more.</summary>
    internal static IReadOnlyList<RawDocument> BeforeOpening(
        CollectionDescription source,
        CollectionDescription destination
    ) =>
        [
            .. Pairs(source, destination)
                .Where(pair => pair.Source["unique"].IsTruthy() && !pair.Destination["unique"].IsTruthy())
                .Where(pair => !pair.Destination["prepareUnique"].IsTruthy())
                .Select(pair => Prepare(pair.Source["name"].AsString)),
        ];

    /// <summary>No duplicate may come into this index any more; those that are there stay until it becomes unique.</summary>
    internal static RawDocument Prepare(string index) => IndexChange(index, "prepareUnique", true);

    /// <summary>Changes nothing: answers as if the index were to become unique now.</summary>
    internal static RawDocument AskWhetherUnique(string index) =>
        new DocumentBuilder().AddAll(IndexChange(index, "unique", true)).Add("dryRun", true).Build();

    /// <summary>After opening: everything else, cheap things first.</summary>
    internal static IReadOnlyList<RawDocument> AfterOpening(
        CollectionDescription source,
        CollectionDescription destination
    )
    {
        var changes = new List<RawDocument>();
        AddOptions(source.Options, destination.Options, changes);
        foreach (var (wanted, there) in Pairs(source, destination))
        {
            if (wanted["hidden"].IsTruthy() && !there["hidden"].IsTruthy())
            {
                changes.Add(IndexChange(wanted, "hidden", true));
            }

            if (
                wanted["expireAfterSeconds"] is { IsMissing: false } expiry
                && there["expireAfterSeconds"].ToInt64() != expiry.ToInt64()
            )
            {
                changes.Add(IndexChange(wanted, "expireAfterSeconds", expiry));
            }

            if (wanted["unique"].IsTruthy() && !there["unique"].IsTruthy())
            {
                changes.Add(IndexChange(wanted, "unique", true));
            }
            else if (wanted["prepareUnique"].IsTruthy() && !there["prepareUnique"].IsTruthy())
            {
                changes.Add(IndexChange(wanted, "prepareUnique", true));
            }
        }

        return changes;
    }

    private static IEnumerable<(RawDocument Source, RawDocument Destination)> Pairs(
        CollectionDescription source,
        CollectionDescription destination
    ) =>
        source
            .Indexes.Where(index => !CataloguePlanner.IsIdIndex(index))
            .Join(
                destination.Indexes,
                index => index["name"].AsString,
                index => index["name"].AsString,
                (one, other) => (one, other),
                StringComparer.Ordinal
            );

    private static void AddOptions(RawDocument wanted, RawDocument there, List<RawDocument> changes)
    {
        var change = new DocumentBuilder();
        foreach (
            var name in new[] { "validator", "validationLevel", "validationAction", "changeStreamPreAndPostImages" }
        )
        {
            if (wanted[name] == there[name])
            {
                continue;
            }

            if (!wanted[name].IsMissing)
            {
                _ = change.Add(name, wanted[name]);
            }
            else if (name == "validator")
            {
                // The source's was removed since the collection was created here.
                _ = change.Add(name, RawDocument.Empty);
            }
            else if (name == "changeStreamPreAndPostImages")
            {
                // Only a collection that was in use before has them (S29).
                _ = change.Add(name, new DocumentBuilder { { "enabled", false } });
            }
        }

        if (wanted["expireAfterSeconds"] is { IsMissing: false } expiry && expiry != there["expireAfterSeconds"])
        {
            _ = change.Add("expireAfterSeconds", expiry);
        }

        if (wanted["timeseries"] is { IsMissing: false } series && series != there["timeseries"])
        {
            _ = change.Add("timeseries", SpanOf(series.AsDocument));
        }

        if (wanted["capped"].IsTruthy() && wanted["size"].ToInt64() != there["size"].ToInt64())
        {
            _ = change.Add("cappedSize", wanted["size"]);
        }

        if (wanted["capped"].IsTruthy() && wanted["max"].ToInt64() != there["max"].ToInt64())
        {
            _ = change.Add("cappedMax", wanted["max"]);
        }

        if (change.Length > 5)
        {
            changes.Add(change.Build());
        }
    }

    /// <summary>How long buckets may be: as a word, or in seconds.</summary>
    private static DocumentBuilder SpanOf(RawDocument series) =>
        series.Has("granularity")
            ? new() { { "granularity", series["granularity"] } }
            : new()
            {
                { "bucketMaxSpanSeconds", series["bucketMaxSpanSeconds"] },
                { "bucketRoundingSeconds", series["bucketRoundingSeconds"] },
            };

    private static RawDocument IndexChange(RawDocument index, string option, RawValue value) =>
        IndexChange(index["name"].AsString, option, value);

    private static RawDocument IndexChange(string index, string option, RawValue value) =>
        new DocumentBuilder
        {
            {
                "index",
                new DocumentBuilder { { "name", index }, { option, value } }
            },
        }.Build();
}

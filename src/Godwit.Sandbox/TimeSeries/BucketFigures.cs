using Godwit.Bson;

namespace Godwit.Sandbox.TimeSeries;

/// <summary>What was done with the buckets of a collection since the member started, as <c>collStats</c> counts it.</summary>
internal sealed class BucketFigures
{
    /// <summary>Why a bucket takes no further measurement.</summary>
    internal enum Closing
    {
        /// <summary>It does not.</summary>
        None,

        /// <summary>It has as many measurements as it may.</summary>
        Count,

        /// <summary>It is large enough.</summary>
        Size,

        /// <summary>A field has another type in the new measurement.</summary>
        Schema,

        /// <summary>The measurement is too much later.</summary>
        TimeForward,

        /// <summary>The measurement is earlier than all of the bucket may be.</summary>
        TimeBackward,
    }

    private readonly int[] closed = new int[Enum.GetValues<Closing>().Length];

    /// <summary>Buckets written for the first time.</summary>
    internal int Inserts { get; set; }

    /// <summary>Buckets written again.</summary>
    internal int Updates { get; set; }

    /// <summary>Buckets opened because their source had none.</summary>
    internal int OpenedForSource { get; set; }

    /// <summary>Measurements written.</summary>
    internal int Measurements { get; set; }

    /// <summary>Counts a bucket that is closed.</summary>
    internal void Close(Closing reason) => closed[(int)reason]++;

    /// <summary>The fields, of which most count what does not happen here.</summary>
    internal DocumentBuilder Describe(int open)
    {
        var commits = Inserts + Updates;
        var figures = new DocumentBuilder
        {
            { "numActiveBuckets", open },
            { "numBucketInserts", Inserts },
            { "numBucketUpdates", Updates },
            { "numBucketsOpenedDueToMetadata", OpenedForSource },
            { "numBucketsClosedDueToCount", closed[(int)Closing.Count] },
            { "numBucketsClosedDueToSchemaChange", closed[(int)Closing.Schema] },
            { "numBucketsClosedDueToSize", closed[(int)Closing.Size] },
            { "numBucketsClosedDueToTimeForward", closed[(int)Closing.TimeForward] },
            { "numBucketsClosedDueToMemoryThreshold", 0 },
            { "numCommits", commits },
            { "numMeasurementsGroupCommitted", 0 },
            { "numWaits", 0 },
            { "numMeasurementsCommitted", Measurements },
            { "avgNumMeasurementsPerCommit", commits > 0 ? Measurements / commits : RawValue.Missing },
            { "numBucketsClosedDueToReopening", 0 },
            { "numBucketsArchivedDueToMemoryThreshold", 0 },
            { "numBucketsArchivedDueToTimeBackward", closed[(int)Closing.TimeBackward] },
        };
        foreach (
            var none in new[]
            {
                "numBucketsReopened",
                "numBucketsKeptOpenDueToLargeMeasurements",
                "numBucketsClosedDueToCachePressure",
                "numBucketsFrozen",
                "numCompressedBucketsConvertedToUnsorted",
                "numBucketsFetched",
                "numBucketsQueried",
                "numBucketFetchesFailed",
            }
        )
        {
            figures.Add(none, 0);
        }

        // A source without an open bucket is looked for among the stored ones first.
        return figures
            .Add("numBucketQueriesFailed", OpenedForSource)
            .Add("numBucketReopeningsFailed", 0)
            .Add("numDuplicateBucketsReopened", 0);
    }
}

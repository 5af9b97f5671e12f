using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>How much of the set must have a version before a read may see it.</summary>
internal enum ReadConcernLevel
{
    /// <summary>What this member has.</summary>
    Local,

    /// <summary>As local; on shards also orphans.</summary>
    Available,

    /// <summary>What a majority has.</summary>
    Majority,

    /// <summary>What a majority has, confirmed after the read began.</summary>
    Linearizable,

    /// <summary>One point in time of what a majority has.</summary>
    Snapshot,
}

/// <summary>The <c>readConcern</c> argument.</summary>
/// <param name="Level">The level; local where none was given.</param>
/// <param name="HasLevel">Whether a level was given.</param>
/// <param name="AfterClusterTime">Wait until the member has come to this time.</param>
/// <param name="AtClusterTime">Read exactly at this time (snapshot only).</param>
internal sealed record ReadConcern(
    ReadConcernLevel Level,
    bool HasLevel,
    ClusterTime? AfterClusterTime,
    ClusterTime? AtClusterTime
)
{
    /// <summary>What holds where the client says nothing.</summary>
    internal static readonly ReadConcern Default = new(ReadConcernLevel.Local, HasLevel: false, null, null);

    /// <summary>Reads the argument; checks of the combination are in <see cref="GenericArguments"/>.</summary>
    internal static ReadConcern Parse(RawDocument document)
    {
        var arguments = new CommandArguments(document, "readConcern");
        foreach (var element in document)
        {
            if (
                element.Name is not ("level" or "afterClusterTime" or "atClusterTime" or "provenance" or "afterOpTime")
                && !element.NameIs("$allowTransactionTableSnapshot")
            )
            {
                throw CommandErrors.UnknownField("readConcern", element.Name);
            }
        }

        var level = arguments.String("level");
        var concern = new ReadConcern(
            level is null ? ReadConcernLevel.Local : ParseLevel(level),
            level is not null,
            Time(document, "afterClusterTime"),
            Time(document, "atClusterTime")
        );
        concern.CheckCombination();
        return concern;
    }

    private static ReadConcernLevel ParseLevel(string level) =>
        level switch
        {
            "local" => ReadConcernLevel.Local,
            "available" => ReadConcernLevel.Available,
            "majority" => ReadConcernLevel.Majority,
            "linearizable" => ReadConcernLevel.Linearizable,
            "snapshot" => ReadConcernLevel.Snapshot,
            _ => throw new CommandException(
                ErrorCode.BadValue,
                $"Enumeration value '{level}' for field 'readConcern.level' is not a valid value."
            ),
        };

    private static ClusterTime? Time(RawDocument document, string field)
    {
        var value = document[field];
        if (value.IsMissing)
        {
            return null;
        }

        return value.Type == BsonType.Timestamp
            ? value.AsTimestamp
            : throw CommandErrors.WrongType("readConcern", field, value, "timestamp");
    }

    private void CheckCombination()
    {
        if (AfterClusterTime is not null && AtClusterTime is not null)
        {
            throw Invalid(
                "Specifying a timestamp for readConcern snapshot in a causally consistent session is not allowed. "
                    + "See https://docs.mongodb.com/manual/core/read-isolation-consistency-recency/#causal-consistency"
            );
        }

        if (AfterClusterTime is not null && (Level is ReadConcernLevel.Available or ReadConcernLevel.Linearizable))
        {
            throw Invalid("afterClusterTime field can be set only if level is equal to majority, local, or snapshot");
        }

        if (AtClusterTime is not null && Level != ReadConcernLevel.Snapshot)
        {
            throw Invalid("atClusterTime field can be set only if level is equal to snapshot");
        }

        if (AfterClusterTime == ClusterTime.Zero)
        {
            throw Invalid("afterClusterTime cannot be a null timestamp");
        }

        if (AtClusterTime == ClusterTime.Zero)
        {
            throw Invalid("atClusterTime cannot be a null timestamp");
        }
    }

    private static CommandException Invalid(string message) => new(ErrorCode.InvalidOptions, message);
}

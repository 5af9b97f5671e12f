using Godwit.Bson;

namespace Godwit.Sandbox.Replication;

/// <summary>What a set's configuration says of one member.</summary>
/// <param name="Id">Its <c>_id</c>, which it keeps for as long as it belongs to the set.</param>
/// <param name="Host">Its address, <c>host:port</c>.</param>
internal sealed record MemberConfig(int Id, string Host)
{
    /// <summary>Whether it votes only, without data.</summary>
    internal bool IsArbiter { get; init; }

    /// <summary>Whether clients are not told of it.</summary>
    internal bool IsHidden { get; init; }

    /// <summary>How much it should be primary, 0 for never; <see cref="Priority"/> is what holds now.</summary>
    internal double GivenPriority { get; init; } = 1;

    /// <summary>Names of places and uses, for write concerns and read preferences.</summary>
    internal RawDocument Tags { get; init; } = RawDocument.Empty;

    /// <summary>How many seconds it stays behind.</summary>
    internal long DelaySecs { get; init; }

    /// <summary>Whether it has a vote; <see cref="IsVoter"/> is what holds now.</summary>
    internal bool HasVote { get; init; } = true;

    /// <summary>Whether it was added with a vote, and gets it once it has the data.</summary>
    internal bool IsNewlyAdded { get; init; }

    /// <summary>Whether its vote counts now.</summary>
    internal bool IsVoter => HasVote && !IsNewlyAdded;

    /// <summary>How much it should be primary now.</summary>
    internal double Priority => IsNewlyAdded ? 0 : GivenPriority;

    /// <summary>Whether it may become primary.</summary>
    internal bool IsElectable => !IsArbiter && Priority > 0;

    /// <summary>Its part of <c>replSetGetConfig</c>.</summary>
    internal RawDocument ToDocument(bool showsNewlyAdded) =>
        new DocumentBuilder
        {
            { "_id", Id },
            { "host", Host },
            { "arbiterOnly", IsArbiter },
            { "newlyAdded", showsNewlyAdded && IsNewlyAdded ? true : RawValue.Missing },
            { "buildIndexes", true },
            { "hidden", IsHidden },
            { "priority", GivenPriority },
            { "tags", Tags },
            { "secondaryDelaySecs", DelaySecs },
            { "votes", HasVote ? 1 : 0 },
        }.Build();
}

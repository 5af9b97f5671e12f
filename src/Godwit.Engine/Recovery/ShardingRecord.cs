using Godwit.Bson;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Recovery;

/// <summary>
/// The sharding options a migration began with, kept in its document on the destination: a later life goes on with them, whether they are
/// given again or not.
/// </summary>
internal static class ShardingRecord
{
    private const string Field = "sharding";

    /// <summary>The options to go on with; <see langword="null"/> if there are none.</summary>
    /// <param name="store">Where they are kept.</param>
    /// <param name="given">Those of this run.</param>
    /// <param name="hasBegun">Whether an earlier life may have created collections.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="MigrationFailedException">Others are given than it has begun with.</exception>
    internal static async Task<ShardingOptions?> SettleAsync(
        ReservedStore store,
        ShardingOptions? given,
        bool hasBegun,
        CancellationToken cancellationToken
    )
    {
        var state = await store.ReadStateAsync(cancellationToken);
        var kept = state[Field] is { Type: BsonType.Document } recorded
            ? ShardingOptions.Read(recorded.AsDocument)
            : null;
        if (given is null || given.ToDocument() == kept?.ToDocument())
        {
            return kept;
        }

        if (hasBegun)
        {
            throw new MigrationFailedException(
                "ShardingChanged",
                "The sharding options are not those that this migration has begun with.",
                "Run it again with the same options, or without any: it goes on with those it has begun with. For others cancel it (--cancel), and begin again."
            );
        }

        await store.SetStateAsync(new DocumentBuilder { { Field, given.ToDocument() } }.Build(), cancellationToken);
        return given;
    }
}

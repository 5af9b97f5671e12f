using Godwit.Bson;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Recovery;

/// <summary>Which indexes a migration leaves out, kept in its document on the destination: a later life goes on so unless it is told otherwise.</summary>
internal static class IndexRecord
{
    private const string Field = "indexes";

    /// <summary>The selection to go on with.</summary>
    /// <param name="store">Where it is kept.</param>
    /// <param name="given">That of this run; <see langword="null"/> for what is kept.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    internal static async Task<IndexSelection> SettleAsync(
        ReservedStore store,
        IndexSelection? given,
        CancellationToken cancellationToken
    )
    {
        var kept = Read(await store.ReadStateAsync(cancellationToken));
        if (given is { } wanted && wanted != kept)
        {
            var fields = new DocumentBuilder { { Field, wanted.ToString() } };
            await store.SetStateAsync(fields.Build(), cancellationToken);
            return wanted;
        }

        return kept;
    }

    /// <summary>What a migration's document says.</summary>
    internal static IndexSelection Read(RawDocument state) =>
        state[Field] is { Type: BsonType.String } kept ? Enum.Parse<IndexSelection>(kept.AsString) : IndexSelection.All;
}

namespace Godwit.Sandbox.Update;

/// <summary>The application of operators to one document.</summary>
internal sealed record UpdateRun
{
    /// <summary>The document.</summary>
    internal required MutableElement Root { get; init; }

    /// <summary>What <c>$</c> stands for; <see langword="null"/> if the query did not match by an array element.</summary>
    internal required string? MatchedField { get; init; }

    /// <summary>A document is being made for an upsert: <c>$setOnInsert</c> counts, rules of storage are checked later.</summary>
    internal required bool IsInsert { get; init; }

    /// <summary>Takes down the changes; <see langword="null"/> where an outer node logs them as a whole.</summary>
    internal required UpdateLog? Log { get; init; }

    /// <summary>The document's <c>_id</c> as error texts name it.</summary>
    internal string IdText => Root.Child("_id") is { } id ? $"_id: {id.Value}" : "no id";
}

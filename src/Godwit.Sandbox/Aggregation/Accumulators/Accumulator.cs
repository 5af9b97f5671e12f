using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Accumulators;

/// <summary>What a group gathers for one of its fields, value by value.</summary>
internal abstract class Accumulator
{
    /// <summary>Takes the next value in input order.</summary>
    internal abstract void Add(RawValue value);

    /// <summary>The result so far.</summary>
    internal abstract RawValue Value { get; }
}

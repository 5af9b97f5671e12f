using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>Where the records of a query come from.</summary>
/// <param name="Candidates">The records that may match.</param>
/// <param name="IsSorted">Whether they come in the order asked for.</param>
internal readonly record struct RecordPlan(IEnumerable<StoredRecord> Candidates, bool IsSorted);

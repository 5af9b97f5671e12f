namespace Godwit.Engine.Planning;

/// <summary>
/// Which side cannot read capped collections at a time (before MongoDB 8.0, S8): there each batch is as of when it is read.
/// </summary>
/// <param name="Source">The source.</param>
/// <param name="Destination">The destination.</param>
internal readonly record struct PassingReads(bool Source, bool Destination)
{
    /// <summary>The release from which on capped collections are read at a time.</summary>
    internal static readonly Version AtTimeSince = new(8, 0);
}

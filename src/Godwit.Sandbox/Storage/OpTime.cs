using Godwit.Bson;

namespace Godwit.Sandbox.Storage;

/// <summary>A place in the oplog: its time and the term of the primary that wrote it.</summary>
/// <param name="Time">The entry's <c>ts</c>.</param>
/// <param name="Term">The entry's <c>t</c>; −1 where there is none.</param>
internal readonly record struct OpTime(ClusterTime Time, long Term)
{
    /// <summary>What stands where there is no operation.</summary>
    internal static readonly OpTime None = new(ClusterTime.Zero, -1);

    /// <summary>The form <c>{ts, t}</c>.</summary>
    internal RawDocument ToDocument() => new DocumentBuilder(48) { { "ts", Time }, { "t", Term } }.Build();
}

namespace Godwit.Engine.Ports;

/// <summary>Names the engine reserves on the destination.</summary>
internal static class ReservedNames
{
    /// <summary>The database that holds all progress; never copied, never followed.</summary>
    internal const string Database = "godwit_reserved";

    /// <summary>One document per write session: what <see cref="IDestinationCluster.FenceAsync"/> changes.</summary>
    internal const string Fences = "fences";
}

namespace Godwit.Contracts.Own;

/// <summary>What people see to around a migration, since Godwit cannot or does not do it for them (P20, M-108).</summary>
/// <param name="Items">In the order in which they come.</param>
internal sealed record Checklist(IReadOnlyList<ChecklistItem> Items);

/// <summary>One thing to see to.</summary>
/// <param name="Id">Stable name.</param>
/// <param name="When">BEFORE_START, BEFORE_CUTOVER or AFTERWARDS.</param>
/// <param name="State">OPEN, or DONE where the Hub knows that it is.</param>
/// <param name="Text">What, and why.</param>
/// <param name="Command">A command that does it.</param>
internal sealed record ChecklistItem(string Id, string When, string State, string Text, string? Command = null)
{
    internal const string BeforeStart = "BEFORE_START";
    internal const string BeforeCutover = "BEFORE_CUTOVER";
    internal const string Afterwards = "AFTERWARDS";
    internal const string Open = "OPEN";
    internal const string Done = "DONE";

    /// <summary>Whether the Hub knows that it is seen to.</summary>
    internal bool IsDone => State == Done;
}

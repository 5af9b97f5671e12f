namespace Godwit.Engine.Lifecycle;

/// <summary>A process that takes a migration up.</summary>
/// <param name="Id">Distinguishes it from every other.</param>
/// <param name="MustStillHold">
/// It held the migration before and goes on by itself: if another has taken over since, it takes nothing back (S17).
/// </param>
internal sealed record Holder(Guid Id, bool MustStillHold);

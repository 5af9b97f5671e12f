namespace Godwit.Contracts.Own;

/// <summary>A request for support, in the category "Help with live migration" (E06).</summary>
/// <param name="LiveMigrationId">The migration it is about, if one.</param>
/// <param name="Priority">MEDIUM for questions, HIGH after a failure.</param>
/// <param name="Summary">In one line.</param>
/// <param name="Details">What was expected, what happened.</param>
internal sealed record SupportRequest(string? LiveMigrationId, string? Priority, string? Summary, string? Details);

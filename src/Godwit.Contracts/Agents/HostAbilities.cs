namespace Godwit.Contracts.Agents;

/// <summary>
/// What agents have learnt since their first version. Each says which of it it knows, and the Hub asks none for what it does not know: an
/// order that is passed over, or read as half of what it says, would be worse than a refusal.
/// </summary>
internal static class HostAbilities
{
    /// <summary>To tell of the source's users and roles (E07).</summary>
    internal const string TellUsers = "TELL_USERS";

    /// <summary>To turn a migration round (S29).</summary>
    internal const string TurnRound = "TURN_ROUND";

    /// <summary>To answer for Orleans' dashboard.</summary>
    internal const string ShowDashboard = "SHOW_DASHBOARD";

    /// <summary>All that this version knows.</summary>
    internal static readonly IReadOnlyList<string> All = [TellUsers, TurnRound, ShowDashboard];
}

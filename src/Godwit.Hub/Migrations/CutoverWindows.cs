using Godwit.Hub.Api;
using Godwit.Hub.Requests;

namespace Godwit.Hub.Migrations;

/// <summary>
/// Times of the week in which a migration may be cut over (P20), so that nobody does it by mistake in the middle of the day. One that has begun
/// within them goes on.
/// </summary>
internal static class CutoverWindows
{
    /// <exception cref="Refusal">It is outside of them.</exception>
    internal static void Require(MigrationPlan plan, DateTimeOffset now)
    {
        var (hours, utc) = (plan.CutoverHours, now.ToUniversalTime());
        if (!hours.Contain(utc))
        {
            throw Refusal.Conflict(
                "LIVE_MIGRATION_OUTSIDE_CUTOVER_WINDOW",
                $"Cutovers of this migration are taken at {string.Join(", ", hours.Texts)} (UTC) only, next from {hours.Next(utc):u}. A Project Owner may change that: godwit liveMigrations cutoverWindows"
            );
        }
    }

    /// <summary>Cutovers may be asked for at other times.</summary>
    internal static Change Set(MigrationState state, IReadOnlyList<string> windows)
    {
        MigrationLife.RequireGoing(state);
        var plan = state.Plan with { CutoverWindows = string.Join('\n', windows) };
        return plan == state.Plan
            ? new(state)
            : new(state with { Plan = plan }, "LIVE_MIGRATION_CUTOVER_WINDOWS_CHANGED");
    }
}

using System.Globalization;
using Godwit.Contracts;
using Godwit.Engine.Preflight;

namespace Godwit.Agent.Validation;

/// <summary>What hours of the host mean for a migration: its copy stands still outside of them, and the source's oplog has to reach over that.</summary>
internal static class HoursCheck
{
    private const string Id = "host-hours";

    internal static IEnumerable<Finding> Of(WeeklyHours hours, ClusterFacts source)
    {
        if (hours.Texts.Count == 0)
        {
            yield break;
        }

        var closed = hours.LongestClosed;
        var said = $"The migration host copies at {string.Join(", ", hours.Texts)} only, by its own clock";
        yield return source.OplogWindow is { } window && window <= closed
            ? Finding.Warning(
                Id,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{said}; up to {closed.TotalHours:0.#} hours pass in between, and the source's oplog reaches back {window.TotalHours:0.#}: changes would be lost in a break, and everything compared anew."
                ),
                "Make the oplog larger (replSetResizeOplog), or let the host copy at any time: godwit agent limit --hours any"
            )
            : Finding.Passed(Id, $"{said}; once everything is copied, changes are followed at any time.");
    }
}

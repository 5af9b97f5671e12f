using System.CommandLine;
using Godwit.Cli.Hubs;
using Godwit.Hub.Hosting;

namespace Godwit.Cli.Verbs;

/// <summary>What an operator may set otherwise: how long things last, and what is too small to migrate to.</summary>
internal sealed class HubSettingOptions
{
    private const int HoursMax = 24 * 365;
    private const int YearsMax = 20;

    private readonly Option<int?> syncWindow = new("--sync-window")
    {
        Description =
            "Hours that both sides are kept in sync before the cutover, and an extension lasts; 120 without it",
        HelpName = "HOURS",
    };

    private readonly Option<int?> keepsExpired = new("--keep-expired")
    {
        Description = "Days that data and progress of an expired migration are kept on the destination; 7 without it",
        HelpName = "DAYS",
    };

    private readonly Option<int?> keepsHistory = new("--keep-history")
    {
        Description =
            "Days that ended validations, sent messages and the audit log are kept; 400 without it. Migrations and reports stay",
        HelpName = "DAYS",
    };

    private readonly Option<int?> linkLifetime = new("--link-token-lifetime")
    {
        Description = "Days that an unused link-token is good; 7 without it",
        HelpName = "DAYS",
    };

    private readonly Option<string?> smallestTier = new("--smallest-tier")
    {
        Description = "The smallest tier of Atlas that something may be migrated to; M10 without it",
        HelpName = "TIER",
    };

    internal void AddTo(Command command)
    {
        foreach (var option in (Option[])[syncWindow, keepsExpired, keepsHistory, linkLifetime, smallestTier])
        {
            command.Add(option);
        }
    }

    /// <summary>What was said, put over what a Hub does without.</summary>
    internal Func<HubOptions, HubOptions> Read(ParseResult parsed)
    {
        var (hours, expired, history, unused) = (
            Span(parsed, syncWindow, 1),
            Span(parsed, keepsExpired, 24),
            Span(parsed, keepsHistory, 24, YearsMax),
            Span(parsed, linkLifetime, 24)
        );
        var tier = parsed.GetValue(smallestTier);
        return options =>
            options with
            {
                SyncWindow = hours ?? options.SyncWindow,
                KeepsExpired = expired ?? options.KeepsExpired,
                KeepsHistory = history ?? options.KeepsHistory,
                LinkTokenLifetime = unused ?? options.LinkTokenLifetime,
                SmallestTier = tier ?? options.SmallestTier,
            };
    }

    private static TimeSpan? Span(ParseResult parsed, Option<int?> option, int hours, int years = 1) =>
        parsed.GetValue(option) switch
        {
            null => null,
            { } value when value > 0 && value <= HoursMax * years / hours => TimeSpan.FromHours((double)value * hours),
            _ => throw new HubException(
                ExitCodes.Usage,
                $"{option.Name} is a positive number, of {(years == 1 ? "a year" : $"{years} years")} at most"
            ),
        };
}

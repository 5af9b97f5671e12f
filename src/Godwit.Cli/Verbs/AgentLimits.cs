using System.CommandLine;
using System.Net;
using Godwit.Agent;
using Godwit.Agent.Identity;
using Godwit.Contracts;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit agent limit</c>: what this host takes upon itself, whatever a Hub asks of it (P9).</summary>
internal static class AgentLimits
{
    /// <summary>Takes a limit away.</summary>
    private const string Any = "any";

    /// <summary>More on one machine would only slow each other down.</summary>
    private const int MigrationsMax = 16;

    internal static Command Create(Func<ParseResult, string> folder)
    {
        var migrations = new Option<int?>("--migrations")
        {
            Description = "How many migrations it carries out at a time; 1 without this command",
            HelpName = "N",
        };
        migrations.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > MigrationsMax)
            {
                result.AddError($"--migrations is between 1 and {MigrationsMax}");
            }
        });
        var destinations = new Option<string[]?>("--destination")
        {
            Description =
                $"Only to hosts of this name, as in *.example.com, or block; may be repeated; '{Any}' for all",
            HelpName = "PATTERN",
        };
        var organizations = new Option<string[]?>("--organization")
        {
            Description = $"Only to the destination organization of this id; may be repeated; '{Any}' for all",
            HelpName = "ID",
        };
        var authorities = new Option<string?>("--ca-folder")
        {
            Description = $"Take CA files that a request names from this folder only; '{Any}' for all",
            HelpName = "DIR",
        };
        var megabytes = new Option<int?>("--megabytes-per-second")
        {
            Description =
                "Read at most so many megabytes of documents a second, all migrations together; 0 for no limit",
            HelpName = "N",
        };
        var documents = new Option<int?>("--documents-per-second")
        {
            Description = "Read at most so many documents a second, all migrations together; 0 for no limit",
            HelpName = "N",
        };
        foreach (var rate in (Option<int?>[])[megabytes, documents])
        {
            rate.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<int?>() is < 0)
                {
                    result.AddError($"{rate.Name} is not negative");
                }
            });
        }

        var hours = new Option<string[]?>("--hours")
        {
            Description =
                $"Copy at these times only, by this host's clock: 22:00-06:00, or 'Mon-Fri 20:00-06:00'; may be repeated; '{Any}' for always",
            HelpName = "HOURS",
        };
        var command = new Command(
            "limit",
            "Says what this host takes upon itself, whatever a Hub asks; the running agent goes by it. Without options it shows that."
        )
        {
            migrations,
            destinations,
            organizations,
            authorities,
            megabytes,
            documents,
            hours,
        };
        command.SetAction(
            (parsed, _) =>
                AgentRun.GuardAsync(() =>
                {
                    var files = new AgentFolder(folder(parsed));
                    var before = HostLimits.Of(files);
                    var after = before with
                    {
                        Migrations = parsed.GetValue(migrations) ?? before.Migrations,
                        Destinations = Replace(parsed, destinations, before.Destinations),
                        Organizations = Replace(parsed, organizations, before.Organizations),
                        AuthorityFolder =
                            parsed.GetValue(authorities) is not { } given ? before.AuthorityFolder
                            : given == Any ? null
                            : Path.GetFullPath(given),
                        MegabytesPerSecond = parsed.GetValue(megabytes) ?? before.MegabytesPerSecond,
                        DocumentsPerSecond = parsed.GetValue(documents) ?? before.DocumentsPerSecond,
                        Hours = Replace(parsed, hours, before.Hours),
                    };
                    Require(after);
                    if (after != before)
                    {
                        after.Keep(files);
                    }

                    foreach (var line in Describe(after))
                    {
                        Console.Out.WriteLine(line);
                    }

                    return Task.FromResult(ExitCodes.Success);
                })
        );
        return command;
    }

    /// <summary>All of it in words.</summary>
    internal static IEnumerable<string> Describe(HostLimits limits)
    {
        yield return $"This host carries out {limits.Migrations} migration{(limits.Migrations == 1 ? "" : "s")} at a time.";
        yield return $"Destinations: {All(limits.Destinations)}";
        yield return $"Organizations: {All(limits.Organizations)}";
        yield return $"CA files from: {limits.AuthorityFolder ?? "anywhere"}";
        yield return $"Reads at most: {Rate(limits.MegabytesPerSecond, "MB/s")}, {Rate(limits.DocumentsPerSecond, "documents/s")}";
        yield return $"Copies at: {(limits.Hours is { Count: > 0 } hours ? string.Join(", ", hours) : "any time")}";
    }

    private static void Require(HostLimits limits)
    {
        if ((limits.Hours ?? []).Select(WeeklyHours.Problem).FirstOrDefault(one => one is not null) is { } problem)
        {
            throw new AgentException("HOURS_MALFORMED", problem);
        }

        if ((limits.Organizations ?? []).FirstOrDefault(one => !ObjectIds.IsValid(one)) is { } id)
        {
            throw new AgentException(
                "ORGANIZATION_MALFORMED",
                $"'{id}' is no id of an organization: 24 hexadecimal digits."
            );
        }

        // A block that is written wrongly would be a name that nothing has: better said at once.
        if (
            (limits.Destinations ?? []).FirstOrDefault(one =>
                one.Length == 0
                || one.Any(char.IsWhiteSpace)
                || (one.Contains('/', StringComparison.Ordinal) && !IPNetwork.TryParse(one, out _))
            ) is
            { } pattern
        )
        {
            throw new AgentException(
                "DESTINATION_MALFORMED",
                $"'{pattern}' is neither a name, as in *.example.com, nor a block, as in 10.1.0.0/16."
            );
        }
    }

    private static IReadOnlyList<string>? Replace(
        ParseResult parsed,
        Option<string[]?> option,
        IReadOnlyList<string>? before
    ) =>
        parsed.GetValue(option) is not { Length: > 0 } given ? before
        : given.Contains(Any) ? null
        : [.. given.Distinct(StringComparer.Ordinal)];

    private static string All(IReadOnlyList<string>? names) => names is { Count: > 0 } ? string.Join(", ", names) : Any;

    private static string Rate(int most, string unit) => most == 0 ? $"any {unit}" : $"{most} {unit}";
}

using System.Net;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Pacing;
using MongoDB.Driver;

namespace Godwit.Agent.Identity;

/// <summary>
/// What the source side lets a Hub ask of this host (P9). Read anew each time, since a person may have changed it beside the running agent; what
/// cannot be read allows nothing.
/// </summary>
internal sealed class HostRules(AgentFolder folder, HubLink link, TimeProvider time)
{
    private const long Megabyte = 1_000_000;
    private const string Remedy = "Whoever runs the migration host says otherwise there: godwit agent limit";

    /// <summary>Options of connection strings that name files: of a destination they would be this host's files, named by a Hub.</summary>
    private static readonly string[] FileOptions = ["tlsCAFile", "tlsCertificateKeyFile", "tlsCRLFile"];

    private HostLimits Limits => HostLimits.Of(folder);

    /// <summary>What stands against any migration to the organisation of the link; <see langword="null"/> if nothing does.</summary>
    internal ReportedFailure? Obstacle() =>
        Limits.Organizations is { Count: > 0 } organizations && !organizations.Contains(link.DestinationOrganizationId)
            ? new(
                "DESTINATION_ORGANIZATION_NOT_ALLOWED",
                $"The migration host {link.HostName} does not migrate to the organization {link.DestinationOrganizationName} ({link.DestinationOrganizationId}).",
                Remedy
            )
        : new Approvals(folder).Allows(link.DestinationOrganizationId) ? null
        : new(
            "SOURCE_APPROVAL_NEEDED",
            "Nobody on the source side has agreed to migrations to this organization yet.",
            "On the migration host: godwit agent approve"
        );

    /// <summary>That it is outside of the hours in which this host copies; <see langword="null"/> within them.</summary>
    internal ReportedFailure? Closed()
    {
        WeeklyHours hours;
        try
        {
            hours = Limits.ReadHours();
        }
        catch (AgentException unread)
        {
            // What cannot be read allows nothing.
            return new(unread.Code, unread.Message, unread.Remedy);
        }

        var now = time.GetLocalNow();
        return hours.Contain(now)
            ? null
            : new(
                "MIGRATION_HOST_OUTSIDE_HOURS",
                FormattableString.Invariant(
                    $"The migration host {link.HostName} copies at {string.Join(", ", hours.Texts)} only, by its own clock: the migration stands at a checkpoint until {hours.Next(now):ddd yyyy-MM-dd HH:mm zzz}."
                ),
                $"It goes on by itself then. {Remedy}"
            );
    }

    /// <summary>Why this host does not help others with the copy; <see langword="null"/> if it may.</summary>
    internal ReportedFailure? HelpObstacle() =>
        Obstacle()
        ?? Closed()
        ?? (
            Limits.HasRate
                ? new(
                    "MIGRATION_HOST_LIMITED",
                    "This host reads at a bounded rate, which holds for migrations of its own only: it does not help others.",
                    Remedy
                )
                : null
        );

    /// <summary>Judges where a destination is said to stand. What a cluster there names as its members is that cluster's own affair.</summary>
    /// <exception cref="AgentException">It may not be migrated to, or its address names files of this host.</exception>
    internal void RequireDestination(string address)
    {
        if (FileOptions.FirstOrDefault(one => ConnectionText.Option(address, one) is not null) is { } option)
        {
            throw new AgentException(
                "DESTINATION_ADDRESS_NAMES_FILE",
                $"The destination's address names a file of this host ({option}): no Hub may do that.",
                "Send the certificates themselves with the cluster (certificateAuthority)."
            );
        }

        if (Limits.Destinations is not { Count: > 0 } allowed)
        {
            return;
        }

        var refused = MongoUrl
            .Create(address)
            .Servers.FirstOrDefault(one => !allowed.Any(pattern => Names(pattern, one.Host)));
        if (refused is not null)
        {
            throw new AgentException(
                "DESTINATION_NOT_ALLOWED",
                $"The migration host {link.HostName} does not migrate to {refused.Host}: it takes {string.Join(", ", allowed)} only.",
                Remedy
            );
        }
    }

    /// <summary>Judges the CA file that a request names.</summary>
    /// <exception cref="AgentException">It is not where such files may lie.</exception>
    internal void RequireAuthority(string file)
    {
        var isPlain =
            Path.IsPathFullyQualified(file) && !file.Split('/', '\\').Contains("..") && !file.Any(char.IsControl);
        if (!isPlain)
        {
            throw new AgentException(
                "CA_FILE_NOT_ALLOWED",
                "The CA file has to be an absolute path on the migration host, without '..'.",
                "Name it by its whole path."
            );
        }

        if (Limits.AuthorityFolder is { } only)
        {
            var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(only)) + Path.DirectorySeparatorChar;
            if (!Path.GetFullPath(file).StartsWith(root, StringComparison.Ordinal) || LeadsOut(file, root))
            {
                throw new AgentException(
                    "CA_FILE_NOT_ALLOWED",
                    $"The migration host {link.HostName} takes CA files from {root} only.",
                    $"Put the file there. {Remedy}"
                );
            }
        }
    }

    /// <summary>What may be asked of a source: the less of what was asked for and this host's share for each of its migrations.</summary>
    internal ReadLimits? Bound(ReadLimits? asked)
    {
        var own = Limits;
        if (!own.HasRate)
        {
            // A bound that held before is kept with the migration: where this host has limits, that there is none has to be said.
            return asked ?? (HostLimits.AreKept(folder) ? ReadLimits.Default : null);
        }

        var wanted = asked ?? ReadLimits.Default;
        var migrations = Math.Max(1, own.Migrations);
        return wanted with
        {
            BytesPerSecond = Less(wanted.BytesPerSecond, own.MegabytesPerSecond * Megabyte / migrations),
            DocumentsPerSecond = Less(
                wanted.DocumentsPerSecond,
                own.DocumentsPerSecond == 0 ? 0 : Math.Max(1, own.DocumentsPerSecond / migrations)
            ),
        };
    }

    /// <summary>What the Hub is told of it, so that people there see what a refusal comes from.</summary>
    internal ReportedLimits Report()
    {
        var limits = Limits;
        return new(
            limits.Destinations ?? [],
            limits.Organizations ?? [],
            limits.AuthorityFolder,
            limits.MegabytesPerSecond,
            limits.DocumentsPerSecond,
            limits.Hours ?? []
        );
    }

    /// <summary>The hours, where a copy would have to stand still outside of them.</summary>
    internal WeeklyHours Hours => Limits.ReadHours();

    private static bool LeadsOut(string file, string root)
    {
        try
        {
            return File.ResolveLinkTarget(file, returnFinalTarget: true) is { } target
                && !target.FullName.StartsWith(root, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // There is no such file, which whoever opens it says.
            return false;
        }
    }

    private static long Less(long one, long other) =>
        one == 0 ? other
        : other == 0 ? one
        : Math.Min(one, other);

    private static bool Names(string pattern, string host) =>
        IPAddress.TryParse(host, out var address)
            ? IPNetwork.TryParse(pattern, out var block)
                ? block.Contains(address)
                : pattern == host
            : System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, host, ignoreCase: true);
}

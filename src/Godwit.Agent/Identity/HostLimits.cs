using Godwit.Contracts;

namespace Godwit.Agent.Identity;

/// <summary>What a host takes upon itself, kept in its folder: a person there says it, never the Hub (P9).</summary>
/// <param name="Migrations">Migrations at a time.</param>
/// <param name="Destinations">Names or blocks that destinations may stand at, such as *.example.com; none for any.</param>
/// <param name="Organizations">Ids of organisations that may be migrated to; none for any.</param>
/// <param name="AuthorityFolder">Where CA files lie that a request may name; <see langword="null"/> for anywhere.</param>
/// <param name="MegabytesPerSecond">Megabytes of documents that it reads a second in all; 0 for no limit.</param>
/// <param name="DocumentsPerSecond">Documents that it reads a second in all; 0 for no limit.</param>
/// <param name="Hours">Times of the week in which it copies, on this host's clock (<see cref="WeeklyHours"/>); none for always.</param>
internal sealed record HostLimits(
    int Migrations,
    IReadOnlyList<string>? Destinations = null,
    IReadOnlyList<string>? Organizations = null,
    string? AuthorityFolder = null,
    int MegabytesPerSecond = 0,
    int DocumentsPerSecond = 0,
    IReadOnlyList<string>? Hours = null
)
{
    private const string File = "limits.json";

    /// <summary>Whether documents are read at a bounded rate.</summary>
    internal bool HasRate => MegabytesPerSecond > 0 || DocumentsPerSecond > 0;

    /// <summary>One at a time, unless somebody has said otherwise.</summary>
    internal static HostLimits Of(AgentFolder folder) => folder.Read<HostLimits>(File) ?? new(1);

    /// <summary>Whether somebody has said anything of it.</summary>
    internal static bool AreKept(AgentFolder folder) => folder.Has(File);

    internal void Keep(AgentFolder folder) => folder.Write(File, this);

    /// <summary>The hours in which it copies.</summary>
    /// <exception cref="AgentException">What is kept cannot be read: then nobody knows when it may.</exception>
    internal WeeklyHours ReadHours()
    {
        try
        {
            return WeeklyHours.Parse(Hours);
        }
        catch (FormatException malformed)
        {
            throw new AgentException("HOST_LIMITS_MALFORMED", malformed.Message, "On the host: godwit agent limit");
        }
    }
}

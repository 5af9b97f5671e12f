using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Atlas;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;
using Godwit.Engine.Scoping;
using Godwit.Hub.Access;

namespace Godwit.Hub.Requests;

/// <summary>
/// What Godwit's own request adds (P13): judged by the engine's own readers, so that what is taken here is understood there; what the engine
/// does not do is refused by name.
/// </summary>
internal static class OptionFields
{
    private const string Prefix = "options.";
    private const string BuiltBefore = "beforeDataCopy";

    /// <summary>What is wrong with options.</summary>
    internal static IEnumerable<BadField> Check(MigrationOptions? options)
    {
        if (options is null)
        {
            return [];
        }

        var wrong = new List<BadField>();
        Add(wrong, "namespaces.include", () => NamespaceScope.Parse(Text(options.Namespaces?.Include), "", ""));
        Add(wrong, "namespaces.exclude", () => NamespaceScope.Parse("", Text(options.Namespaces?.Exclude), ""));
        Add(wrong, "remap", () => NamespaceScope.Parse("", "", Text(options.Remap)));
        Add(wrong, "documentRules", () => NamespaceScope.Parse("", "", "", Text(options.DocumentRules)));
        Add(wrong, options.Limits is { MegabytesPerSecond: < 0 }, "limits.megabytesPerSecond", "it is not negative");
        Add(wrong, options.Limits is { DocumentsPerSecond: < 0 }, "limits.documentsPerSecond", "it is not negative");
        Add(
            wrong,
            options.Limits is { SourceLatencyMilliseconds: < 0 },
            "limits.sourceLatencyMilliseconds",
            "it is not negative"
        );
        Add(wrong, options.Spool is { Megabytes: < 1 }, "spool.megabytes", "it is positive");
        Add(
            wrong,
            options.ChangeStreams is < 1 or > EngineOptions.ChangeStreamsMax,
            "changeStreams",
            $"it is between 1 and {EngineOptions.ChangeStreamsMax}"
        );
        Add(
            wrong,
            options.ClearNamespaces?.Any(one => !IsNamespace(one)) == true,
            "clearNamespaces",
            "each is a collection or view, database.collection, and none of the system's or the engine's"
        );
        wrong.AddRange(CheckWindows(options.CutoverWindows));
        Add(
            wrong,
            options.Verification is { Enabled: not true },
            "verification.enabled",
            "every migration is verified: say true, or leave it out"
        );
        Add(
            wrong,
            options.BuildIndexes
                is not (null or BuiltBefore or EngineOptions.NoIndexes or EngineOptions.NoHashedIndexes),
            "buildIndexes",
            $"indexes are built before the copy: it is {BuiltBefore}, {EngineOptions.NoIndexes} or {EngineOptions.NoHashedIndexes}"
        );
        var isWhole =
            Text(options.Namespaces?.Include).Length == 0
            && Text(options.Namespaces?.Exclude).Length == 0
            && Text(options.Remap).Length == 0
            && Text(options.DocumentRules).Length == 0
            && options.BuildIndexes is null or BuiltBefore;
        Add(
            wrong,
            options.Reversible == true && !isWhole,
            "reversible",
            "only the whole source under its own names can be turned round: leave out namespaces, remap, documentRules and buildIndexes"
        );
        Add(
            wrong,
            options is { Rehearsal: true, Reversible: true },
            "reversible",
            "after a rehearsal there is nothing to turn round"
        );
        Add(
            wrong,
            options is { Rehearsal: true, WriteBlock: true },
            "writeBlock",
            "a rehearsal never blocks the source: leave it out"
        );
        return wrong;
    }

    /// <summary>What is wrong with times of the week in which a cutover may be asked for.</summary>
    internal static IEnumerable<BadField> CheckWindows(IReadOnlyList<string>? windows) =>
        (windows ?? [])
            .Select((text, i) => (Problem: WeeklyHours.Problem(text), Place: i))
            .Where(one => one.Problem is not null)
            .Select(one => new BadField($"{Prefix}cutoverWindows[{one.Place}]", one.Problem!));

    /// <summary>Options that were judged, as they are kept.</summary>
    internal static EngineOptions? Read(MigrationOptions? options, KeyRing ring)
    {
        if (options is null)
        {
            return null;
        }

        var rules = Text(options.DocumentRules);
        var read = new EngineOptions(
            Text(options.Namespaces?.Include),
            Text(options.Namespaces?.Exclude),
            Text(options.Remap),
            rules.Length > 0 ? ring.Seal(rules, KeyRing.Rules) : null,
            rules.Length > 0 ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rules))) : "",
            options.Limits is { } limits
                ? new(
                    limits.MegabytesPerSecond ?? 0,
                    limits.DocumentsPerSecond ?? 0,
                    limits.SourceLatencyMilliseconds ?? (int)ReadLimits.Default.Latency.TotalMilliseconds
                )
                : null,
            options.Reversible ?? false,
            options.Zones ?? false,
            options.Rehearsal ?? false,
            options.BuildIndexes is null or BuiltBefore ? "" : options.BuildIndexes,
            options.Spool?.Megabytes ?? 0,
            options.ChangeStreams ?? 0
        );
        return read == EngineOptions.None ? null : read;
    }

    /// <summary>Options as they are shown: what rules say is told to nobody, since they may hold keys.</summary>
    internal static MigrationOptions? Show(MigrationPlan plan)
    {
        var options = plan.Options ?? EngineOptions.None;
        return new()
        {
            WriteBlock = plan.BlocksSource,
            AcceptVersion = plan.AcceptsVersion,
            StandbyHosts = plan.StandbyHosts is { Count: > 0 } standby ? standby : null,
            Namespaces =
                options.Include.Length + options.Exclude.Length > 0
                    ? new(List(options.Include), List(options.Exclude))
                    : null,
            Remap = List(options.Remap),
            Limits = options.Limits is { } limits
                ? new(limits.MegabytesPerSecond, limits.DocumentsPerSecond, limits.LatencyMilliseconds)
                : null,
            ClearNamespaces = plan.NamespacesToClear,
            CutoverWindows = plan.CutoverHours.Texts is { Count: > 0 } windows ? windows : null,
            Spool = options.SpoolMegabytes > 0 ? new(options.SpoolMegabytes) : null,
            ChangeStreams = options.ChangeStreams > 0 ? options.ChangeStreams : null,
            BuildIndexes = options.Indexes.Length > 0 ? options.Indexes : null,
            Reversible = options.IsReversible ? true : null,
            Zones = options.CarriesZones ? true : null,
            UsersAndRoles = plan.CopiesUsers ? true : null,
            Rehearsal = options.IsRehearsal ? true : null,
        };
    }

    private static bool IsNamespace(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && dot < text.Length - 1
            && !text.Any(char.IsControl)
            && !text[(dot + 1)..].StartsWith("system.", StringComparison.Ordinal)
            && text[..dot] is not ("admin" or "config" or "local")
            && !ReservedNames.IsReserved(text[..dot]);
    }

    private static string Text(IReadOnlyList<JsonObject>? list) => list is { Count: > 0 } ? ApiJson.Write(list) : "";

    private static List<JsonObject>? List(string json) =>
        json.Length == 0 ? null : ApiJson.Read<List<JsonObject>>(json);

    private static void Add(List<BadField> wrong, string field, Action read)
    {
        try
        {
            read();
        }
        catch (ScopeException refused)
        {
            wrong.Add(new(Prefix + field, refused.Message));
        }
    }

    private static void Add(List<BadField> wrong, bool isWrong, string field, string what)
    {
        if (isWrong)
        {
            wrong.Add(new(Prefix + field, what));
        }
    }
}

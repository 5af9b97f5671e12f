using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Contracts.Atlas;
using Godwit.Hub.Requests;

namespace Godwit.Hub.Web.Wizard;

/// <summary>What few migrations need (P13): a part of the source, other names, rules for documents, limits. Lists are JSON, as they are typed.</summary>
public sealed class Advanced
{
    internal const string IncludeField = "namespaces.include";
    internal const string ExcludeField = "namespaces.exclude";
    internal const string RemapField = "remap";
    internal const string RulesField = "documentRules";
    internal const string MegabytesField = "limits.megabytesPerSecond";
    internal const string DocumentsField = "limits.documentsPerSecond";
    internal const string LatencyField = "limits.sourceLatencyMilliseconds";
    internal const string ReversibleField = "reversible";
    internal const string ClearField = "clearNamespaces";
    internal const string SpoolField = "spool.megabytes";
    internal const string StreamsField = "changeStreams";
    internal const string WindowsField = "cutoverWindows";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly string[] Fields =
    [
        IncludeField,
        ExcludeField,
        RemapField,
        RulesField,
        MegabytesField,
        DocumentsField,
        LatencyField,
        ReversibleField,
        ClearField,
        SpoolField,
        StreamsField,
        WindowsField,
    ];

    /// <summary>Which namespaces go.</summary>
    public string Include { get; set; } = "";

    /// <summary>Which of them do not.</summary>
    public string Exclude { get; set; } = "";

    /// <summary>Other names for databases.</summary>
    public string Remap { get; set; } = "";

    /// <summary>Rules for documents; not kept in the browser, since they may hold keys.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Rules { get; set; } = "";

    /// <summary>Whether rules were typed, so that it is noticed when they are missing after a reload.</summary>
    public bool HasRules { get; set; }

    /// <summary>Megabytes of documents read a second.</summary>
    public int? MegabytesPerSecond { get; set; }

    /// <summary>Documents read a second.</summary>
    public int? DocumentsPerSecond { get; set; }

    /// <summary>Milliseconds for one document before less is read.</summary>
    public int? SourceLatency { get; set; }

    /// <summary>Collections and views of the destination that the start drops, one a line.</summary>
    public string Clear { get; set; } = "";

    /// <summary>Times of the week, in UTC, in which a cutover may be asked for, one a line.</summary>
    public string Windows { get; set; } = "";

    /// <summary>Megabytes of the host's disk for changes that wait.</summary>
    public int? SpoolMegabytes { get; set; }

    /// <summary>Change streams that share the source's changes.</summary>
    public int? ChangeStreams { get; set; }

    /// <summary>Which indexes are built; empty for all.</summary>
    public string BuildIndexes { get; set; } = "";

    /// <summary>Whether the way back is kept open.</summary>
    public bool IsReversible { get; set; }

    /// <summary>Whether zones are carried over.</summary>
    public bool CarriesZones { get; set; }

    /// <summary>Whether it is a rehearsal.</summary>
    public bool IsRehearsal { get; set; }

    /// <summary>Whether something is asked for that is not on the page's face.</summary>
    internal bool IsUsed =>
        HasRules
        || IsReversible
        || CarriesZones
        || BuildIndexes.Length > 0
        || MegabytesPerSecond is not null
        || DocumentsPerSecond is not null
        || SourceLatency is not null
        || SpoolMegabytes is not null
        || ChangeStreams is not null
        || new[] { Include, Exclude, Remap, Clear, Windows }.Any(text => text.Trim().Length > 0);

    /// <summary>Whether rules have to be pasted again.</summary>
    internal bool AreRulesMissing => HasRules && Rules.Trim().Length == 0;

    private List<string> ToClear => Lines(Clear);

    private static List<string> Lines(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    /// <summary>Whether all of it can be sent.</summary>
    internal bool IsGood => Fields.All(one => Problem(one) is null);

    /// <summary>What goes into the request.</summary>
    internal MigrationOptions AddTo(MigrationOptions options)
    {
        var (include, exclude) = (Read(Include), Read(Exclude));
        return options with
        {
            Namespaces = include is null && exclude is null ? null : new(include, exclude),
            Remap = Read(Remap),
            DocumentRules = Read(Rules),
            Limits =
                MegabytesPerSecond is null && DocumentsPerSecond is null && SourceLatency is null
                    ? null
                    : new(MegabytesPerSecond, DocumentsPerSecond, SourceLatency),
            Reversible = IsReversible ? true : null,
            Zones = CarriesZones ? true : null,
            ClearNamespaces = ToClear is { Count: > 0 } names ? names : null,
            CutoverWindows = Lines(Windows) is { Count: > 0 } windows ? windows : null,
            Spool = SpoolMegabytes is { } megabytes ? new(megabytes) : null,
            ChangeStreams = ChangeStreams,
            BuildIndexes = BuildIndexes.Length > 0 ? BuildIndexes : null,
            Rehearsal = IsRehearsal ? true : null,
        };
    }

    /// <summary>The same again for another run, as far as it is told; never a rehearsal again.</summary>
    internal static Advanced Of(MigrationOptions options, bool hadRules) =>
        new()
        {
            Include = Text(options.Namespaces?.Include),
            Exclude = Text(options.Namespaces?.Exclude),
            Remap = Text(options.Remap),
            HasRules = hadRules,
            MegabytesPerSecond = options.Limits?.MegabytesPerSecond,
            DocumentsPerSecond = options.Limits?.DocumentsPerSecond,
            SourceLatency = options.Limits?.SourceLatencyMilliseconds,
            IsReversible = options.Reversible == true,
            CarriesZones = options.Zones == true,
            SpoolMegabytes = options.Spool?.Megabytes,
            ChangeStreams = options.ChangeStreams,
            Windows = string.Join('\n', options.CutoverWindows ?? []),
            BuildIndexes = options.BuildIndexes ?? "",
        };

    /// <summary>What is wrong with a field, by its path in the options; <see langword="null"/> if nothing is.</summary>
    internal string? Problem(string field)
    {
        if (field == RulesField && AreRulesMissing)
        {
            return "The rules are not kept in this browser, since they may hold keys: paste them again.";
        }

        var text = field switch
        {
            IncludeField => Include,
            ExcludeField => Exclude,
            RemapField => Remap,
            RulesField => Rules,
            _ => "",
        };
        return Malformed(text)
            ?? (
                OptionFields.Check(AddTo(new())).FirstOrDefault(one => one.Field.Split('[')[0] == $"options.{field}")
                    is { } wrong
                    ? $"{char.ToUpperInvariant(wrong.Description[0])}{wrong.Description[1..].TrimEnd('.')}."
                    : null
            );
    }

    /// <summary>Tells what was typed from something else, without the rules' keys.</summary>
    internal string Digest() =>
        Rules.Length == 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Rules)));

    private static List<JsonObject>? Read(string text) =>
        text.Trim().Length == 0 || Malformed(text) is not null
            ? null
            : [.. JsonNode.Parse(text)!.AsArray().Select(one => one!.DeepClone().AsObject())];

    private static string? Malformed(string text)
    {
        if (text.Trim().Length == 0)
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(text) is JsonArray list && list.All(one => one is JsonObject)
                ? null
                : "It is a list of objects: [ { … } ].";
        }
        catch (JsonException wrong)
        {
            return $"Line {(wrong.LineNumber ?? 0) + 1}: {wrong.Message.Split(" LineNumber:")[0].Split(". Path:")[0]}";
        }
    }

    private static string Text(IReadOnlyList<JsonObject>? list) =>
        list is { Count: > 0 } ? new JsonArray([.. list.Select(one => one.DeepClone())]).ToJsonString(Indented) : "";
}

using System.Text.Json;
using Godwit.Engine.Planning;
using Godwit.Engine.Scoping;

namespace Godwit.Sync.Api;

/// <summary>The body of <c>start</c>, as mongosync documents it: every field is obeyed, harmless to leave out, or refused by name.</summary>
internal sealed record StartRequest
{
    private static readonly string[] IndexTimings =
    [
        "beforeDataCopy",
        "afterDataCopy",
        "excludeHashed",
        "excludeHashedAfterCopy",
        "never",
    ];
    private static readonly string[] WriteBlockModes = ["sourceAndDestination", "destinationOnly", "none"];

    /// <summary>The cluster to move.</summary>
    internal required ClusterLabel Source { get; init; }

    /// <summary>The other one.</summary>
    internal required ClusterLabel Destination { get; init; }

    /// <summary>Whether it may be reversed once it is committed.</summary>
    internal bool IsReversible { get; init; }

    /// <summary>Whether the source is write-blocked at commit.</summary>
    internal bool BlocksSource { get; init; }

    /// <summary>Whether others are kept from writing to the destination until commit.</summary>
    internal bool BlocksDestination { get; init; } = true;

    /// <summary>Leave collections alone that are on the destination already.</summary>
    internal bool KeepsExisting { get; init; }

    /// <summary>Start although the destination's disk looks too small.</summary>
    internal bool SkipsDiskCheck { get; init; }

    /// <summary>Which collections are to be sharded on the destination; <see langword="null"/> for none.</summary>
    internal ShardingOptions? Sharding { get; init; }

    /// <summary>Which indexes the destination gets.</summary>
    internal IndexSelection Indexes { get; init; }

    /// <summary>Which collections, and under which database names.</summary>
    internal NamespaceScope Scope { get; init; } = NamespaceScope.Everything;

    /// <summary>Which collections are copied in natural order, where they can be (S8).</summary>
    internal NaturalOrder NaturalOrder { get; init; } = NaturalOrder.None;

    /// <summary>What was asked for, is done in another way, and harms nothing: shown among the warnings.</summary>
    internal IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Reads a body.</summary>
    /// <exception cref="SyncRefusal">It is malformed, or asks for what is not done.</exception>
    internal static StartRequest Parse(string json)
    {
        using var document = Read(json);
        var remarks = new List<string>();
        ClusterLabel? source = null,
            destination = null;
        var (blocks, keeps, skipsDisk, reversible) = ("destinationOnly", false, false, false);
        var (include, exclude, remap, rules) = ("", "", "", "");
        ShardingOptions? sharding = null;
        var indexes = IndexSelection.All;
        var naturalOrder = NaturalOrder.None;
        foreach (var field in document.RootElement.EnumerateObject())
        {
            var value = field.Value;
            switch (field.Name)
            {
                case "source":
                    source = Label(field);
                    break;
                case "destination":
                    destination = Label(field);
                    break;
                case "reversible":
                    reversible = Flag(field);
                    break;
                case "enableUserWriteBlocking":
                    blocks = Blocking(value);
                    break;
                case "buildIndexes":
                    indexes = ReadIndexes(value, remarks);
                    break;
                case "preExistingDestinationData":
                    keeps = Flag(field);
                    break;
                case "skipDiskSpaceCheck":
                    skipsDisk = Flag(field);
                    break;
                case "verification":
                    Verification(value, remarks);
                    break;
                case "sharding":
                    sharding = ReadSharding(value);
                    break;
                case "detectRandomId":
                    _ = Flag(field);
                    break;
                case "copyInNaturalOrder":
                    naturalOrder = ReadNaturalOrder(value, remarks);
                    break;
                case "includeNamespaces":
                    include = value.GetRawText();
                    break;
                case "excludeNamespaces":
                    exclude = value.GetRawText();
                    break;
                case "namespaceRemap":
                    remap = value.GetRawText();
                    break;
                case "documentFilter":
                    rules = DocumentFilter.ToRules(value);
                    break;
                case "destinationDataHandling":
                    keeps |= Text(value, field.Name) == "ignorePreExistingNamespaces";
                    break;
                default:
                    if (!field.Name.StartsWith("x-", StringComparison.Ordinal))
                    {
                        throw SyncRefusal.UnknownField(field.Name);
                    }

                    break;
            }
        }

        if (source is not { } from || destination is not { } to || from == to)
        {
            throw SyncRefusal.BadBody(
                "'source' and 'destination' are needed: one of them \"cluster0\", the other \"cluster1\"."
            );
        }

        var scope = ReadScope(include, exclude, remap, rules, blocks == "sourceAndDestination");
        RequireReversible(reversible, scope, keeps, indexes);
        return new()
        {
            IsReversible = reversible,
            Source = from,
            Destination = to,
            BlocksSource = blocks == "sourceAndDestination",
            BlocksDestination = blocks != "none",
            KeepsExisting = keeps,
            SkipsDiskCheck = skipsDisk,
            Sharding = sharding,
            Scope = scope,
            Indexes = indexes,
            NaturalOrder = naturalOrder,
            Remarks = remarks,
        };
    }

    /// <summary>The same the other way round.</summary>
    internal StartRequest Turned() => this with { Source = Destination, Destination = Source };

    private static JsonDocument Read(string json)
    {
        try
        {
            var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document
                : throw SyncRefusal.BadBody("The body must be a JSON object.");
        }
        catch (JsonException malformed)
        {
            throw SyncRefusal.BadBody($"The body is not JSON: {malformed.Message}");
        }
    }

    private static ClusterLabel Label(JsonProperty field) =>
        Text(field.Value, field.Name) switch
        {
            "cluster0" => ClusterLabel.cluster0,
            "cluster1" => ClusterLabel.cluster1,
            var other => throw SyncRefusal.BadBody(
                $"'{field.Name}' must be \"cluster0\" or \"cluster1\", not \"{other}\"."
            ),
        };

    private static bool Flag(JsonProperty field) =>
        field.Value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw SyncRefusal.BadBody($"'{field.Name}' must be true or false."),
        };

    private static string Text(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw SyncRefusal.BadBody($"'{name}' must be a string.");

    /// <summary>As with mongosync: what moves a part, or beside other collections, is not turned round; nor what leaves indexes out.</summary>
    private static void RequireReversible(
        bool isWanted,
        NamespaceScope scope,
        bool keepsExisting,
        IndexSelection indexes
    )
    {
        if (isWanted && (keepsExisting || scope != NamespaceScope.Everything || indexes != IndexSelection.All))
        {
            throw new SyncRefusal(
                "ReversibleNotAllowed",
                422,
                "'reversible' cannot be had together with a filter, 'documentFilter', 'namespaceRemap', 'preExistingDestinationData', or a 'buildIndexes' that leaves indexes out. Leave out one or the other."
            );
        }
    }

    private static NamespaceScope ReadScope(
        string include,
        string exclude,
        string remap,
        string rules,
        bool blocksSource
    )
    {
        try
        {
            var scope = NamespaceScope.Parse(include, exclude, remap, rules);
            return scope.IsFiltered && blocksSource
                ? throw new SyncRefusal(
                    "FilterNotAllowed",
                    422,
                    "With a filter the source cannot be write-blocked, since the block covers all of it. Set 'enableUserWriteBlocking' to \"destinationOnly\"."
                )
                : scope;
        }
        catch (ScopeException wrong)
        {
            throw new SyncRefusal("FilterNotAllowed", 422, $"The filter cannot be used: {wrong.Message}.");
        }
    }

    /// <summary>As a boolean, as up to version 1.11, or as a word.</summary>
    private static string Blocking(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.True => "sourceAndDestination",
            JsonValueKind.False => "none",
            JsonValueKind.String when WriteBlockModes.Contains(value.GetString()) => value.GetString()!,
            _ => throw SyncRefusal.BadBody(
                $"'enableUserWriteBlocking' must be true, false, or one of {string.Join(", ", WriteBlockModes)}."
            ),
        };

    private static IndexSelection ReadIndexes(JsonElement value, List<string> remarks)
    {
        var timing = Text(value, "buildIndexes");
        if (!IndexTimings.Contains(timing))
        {
            throw SyncRefusal.BadBody($"'buildIndexes' must be one of {string.Join(", ", IndexTimings)}.");
        }

        if (timing is "afterDataCopy" or "excludeHashedAfterCopy")
        {
            remarks.Add($"buildIndexes \"{timing}\": indexes are built before the copy; the outcome is the same.");
        }

        return timing switch
        {
            "never" => IndexSelection.Required,
            "excludeHashed" or "excludeHashedAfterCopy" => IndexSelection.WithoutHashed,
            _ => IndexSelection.All,
        };
    }

    private static NaturalOrder ReadNaturalOrder(JsonElement value, List<string> remarks)
    {
        try
        {
            var order = NaturalOrder.Parse(value.GetRawText(), whereItCan: true);
            if (value.GetArrayLength() > 0)
            {
                remarks.Add(
                    "copyInNaturalOrder: what cannot be copied so is copied in ranges of _id, with the same outcome: on sharded sources, with a documentFilter, and collections with a collation or sharded by other fields than _id."
                );
            }

            return order;
        }
        catch (ScopeException wrong)
        {
            throw SyncRefusal.BadBody($"'copyInNaturalOrder' cannot be used: {wrong.Message}.");
        }
    }

    private static void Verification(JsonElement value, List<string> remarks)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw SyncRefusal.BadBody("'verification' must be an object.");
        }

        foreach (var field in value.EnumerateObject())
        {
            if (field.Name != "enabled")
            {
                throw SyncRefusal.UnknownField($"verification.{field.Name}");
            }

            if (!Flag(field))
            {
                remarks.Add("verification.enabled false: both sides are compared all the same; commit waits for it.");
            }
        }
    }

    /// <summary>None where no collection is named: then all arrive as they are on the source, or unsharded.</summary>
    private static ShardingOptions? ReadSharding(JsonElement value)
    {
        try
        {
            var options = ShardingOptions.Parse(value.GetRawText());
            return options.Entries.Count == 0 ? null : options;
        }
        catch (ShardingFormatException wrong)
        {
            throw SyncRefusal.BadBody($"'sharding': {wrong.Reason}.");
        }
    }
}

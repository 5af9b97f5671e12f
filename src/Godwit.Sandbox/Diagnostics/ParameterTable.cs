using System.Collections.Concurrent;
using System.Collections.Frozen;
using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>
/// Server parameters as <c>getParameter</c> and <c>setParameter</c> know them: those of a MongoDB 8.0.10 with its values (recording
/// <c>sessions/handshake</c>, step 17), changed at runtime where its IDL files say <c>set_at: runtime</c>. Those that only tune are kept and shown.
/// </summary>
internal sealed class ParameterTable
{
    private readonly ConcurrentDictionary<string, RawValue> values = new(StringComparer.Ordinal);

    private const string FeatureCompatibilityVersion = "featureCompatibilityVersion";
    private const string WritePeriodicNoOps = "writePeriodicNoops";

    private static readonly Lazy<FrozenDictionary<string, (RawValue Value, bool IsSetAtRuntime)>> Facts80 = new(() =>
        ExtendedJsonReader
            .ReadDocument(Facts.Read("parameters.json"))
            .ToFrozenDictionary(
                one => one.Name,
                one => (one.Value.AsDocument["value"], one.Value.AsDocument["atRuntime"].AsBoolean),
                StringComparer.Ordinal
            )
    );

    private readonly Member member;

    internal ParameterTable(Member member)
    {
        this.member = member;
        foreach (var (name, fact) in Facts80.Value)
        {
            values[name] = fact.Value;
        }

        values["enableTestCommands"] = true;
        values["periodicNoopIntervalSecs"] = (int)member.Options.PeriodicNoOp.TotalSeconds;
        values[WritePeriodicNoOps] = true;
    }

    /// <summary>All of them, by name.</summary>
    internal IReadOnlyList<KeyValuePair<string, RawValue>> All =>
        [
            .. values
                .Select(pair => KeyValuePair.Create(pair.Key, this[pair.Key]))
                .OrderBy(pair => pair.Key, StringComparer.Ordinal),
        ];

    /// <summary>Whether an idle primary writes an entry that changes nothing now and then.</summary>
    internal bool WritesPeriodicNoOps => values[WritePeriodicNoOps].IsTruthy();

    /// <summary>The value of one; missing if unknown.</summary>
    internal RawValue this[string name] =>
        name == FeatureCompatibilityVersion
            ? new DocumentBuilder { { "version", FeatureCompatibility.Current(member) } }
            : values.GetValueOrDefault(name);

    /// <summary>Sets one that exists; gives the value before, missing if there is no such parameter.</summary>
    internal RawValue Set(string name, RawValue value)
    {
        if (!values.TryGetValue(name, out var before))
        {
            return default;
        }

        if (!Facts80.Value.TryGetValue(name, out var fact) || !fact.IsSetAtRuntime)
        {
            throw new CommandException(ErrorCode.IllegalOperation, $"not allowed to change [{name}] at runtime");
        }

        values[name] = Convert(name, value, fact.Value);
        var number = values[name].ToInt64();
        switch (name)
        {
            case "minSnapshotHistoryWindowInSeconds" when number >= 0:
                member.Node.HistoryWindow = TimeSpan.FromSeconds(number.Value);
                break;
            case "transactionLifetimeLimitSeconds" when number >= 1:
                member.Node.Transactions.Lifetime = TimeSpan.FromSeconds(number.Value);
                break;
            case "transactionLifetimeLimitSeconds":
                values[name] = before;
                throw new CommandException(
                    ErrorCode.BadValue,
                    $"Invalid value for parameter {name}: {value} is not greater than or equal to 1"
                );
            default:
                break;
        }

        return before;
    }

    /// <summary>How long a statement of a transaction waits for what others hold; <see langword="null"/> for as long as it takes.</summary>
    internal TimeSpan? TransactionPatience =>
        values["maxTransactionLockRequestTimeoutMillis"].ToInt64() is >= 0 and var milliseconds
            ? TimeSpan.FromMilliseconds(milliseconds)
            : null;

    // A parameter keeps the type it has.
    private static RawValue Convert(string name, RawValue value, RawValue model)
    {
        var isPossible = model.Type switch
        {
            BsonType.Boolean => value.IsNumber || value.Type == BsonType.Boolean,
            BsonType.Int32 or BsonType.Int64 or BsonType.Double => value.IsNumber,
            _ => value.Type == model.Type,
        };
        if (!isPossible)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"Failed to set parameter {name}: expected type {BsonTypeNames.NameOf(model.Type)}, got {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        return model.Type switch
        {
            BsonType.Boolean => value.IsTruthy(),
            BsonType.Int32 when value.ToInt64() is >= int.MinValue and <= int.MaxValue and var whole => (int)whole,
            BsonType.Int64 when value.ToInt64() is { } whole => whole,
            BsonType.Double when value.Type != BsonType.Double && value.ToInt64() is { } whole => (double)whole,
            _ => new RawValue(value.Type, value.Bytes.ToArray()),
        };
    }
}

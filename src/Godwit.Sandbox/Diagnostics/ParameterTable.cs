using System.Collections.Concurrent;
using System.Collections.Frozen;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>Server parameters as <c>getParameter</c> and <c>setParameter</c> know them: those that mean something here.</summary>
internal sealed class ParameterTable
{
    private readonly ConcurrentDictionary<string, RawValue> values = new(StringComparer.Ordinal);

    private const string FeatureCompatibilityVersion = "featureCompatibilityVersion";
    private const string WritePeriodicNoOps = "writePeriodicNoops";

    private static readonly FrozenSet<string> OnlyAtStart =
    [
        "authenticationMechanisms",
        "enableTestCommands",
        "localLogicalSessionTimeoutMinutes",
        "periodicNoopIntervalSecs",
    ];

    private readonly Member member;

    internal ParameterTable(Member member)
    {
        this.member = member;
        values["authenticationMechanisms"] = new ArrayBuilder
        {
            "MONGODB-X509",
            "SCRAM-SHA-1",
            "SCRAM-SHA-256",
        }.Build();
        values["authSchemaVersion"] = 5;
        values["cursorTimeoutMillis"] = 600_000L;
        values["enableTestCommands"] = true;
        values[FeatureCompatibilityVersion] = RawValue.Null;
        values["internalQueryMaxBlockingSortMemoryUsageBytes"] = 104_857_600;
        values["localLogicalSessionTimeoutMinutes"] = 30;
        values["logLevel"] = 0;
        values["maxTransactionLockRequestTimeoutMillis"] = 5;
        values["minSnapshotHistoryWindowInSeconds"] = 300;
        values["notablescan"] = false;
        values["orphanCleanupDelaySecs"] = 900;
        values["periodicNoopIntervalSecs"] = (int)member.Options.PeriodicNoOp.TotalSeconds;
        values["quiet"] = false;
        values["scramIterationCount"] = 10_000;
        values["scramSHA256IterationCount"] = 15_000;
        values["transactionLifetimeLimitSeconds"] = 60;
        values["ttlMonitorEnabled"] = true;
        values["ttlMonitorSleepSecs"] = 60;
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

        if (OnlyAtStart.Contains(name))
        {
            throw new CommandException(ErrorCode.IllegalOperation, $"not allowed to change [{name}] at runtime");
        }

        values[name] = new RawValue(value.Type, value.Bytes.ToArray());
        if (name == "minSnapshotHistoryWindowInSeconds" && value.ToInt64() is >= 0 and var seconds)
        {
            member.Node.HistoryWindow = TimeSpan.FromSeconds(seconds);
        }

        return before;
    }
}

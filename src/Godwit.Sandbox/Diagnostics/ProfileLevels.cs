using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>What is profiled: a level and a filter for each database; what is slow, and how much of it is kept, for the whole server.</summary>
internal sealed class ProfileLevels
{
    private readonly ConcurrentDictionary<string, Setting> databases = new(StringComparer.Ordinal);
    private long slowMilliseconds = 100;
    private double sampleRate = 1;

    /// <summary>From how many milliseconds on an operation is slow.</summary>
    internal TimeSpan Slow => TimeSpan.FromMilliseconds(Interlocked.Read(ref slowMilliseconds));

    /// <summary>The level of a database: 0 nothing, 1 what is slow or passes the filter, 2 everything.</summary>
    internal int LevelOf(string database) => databases.GetValueOrDefault(database)?.Level ?? 0;

    /// <summary>Whether a slow operation is among those kept.</summary>
    internal bool IsSampled =>
        Volatile.Read(ref sampleRate) is var rate && (rate >= 1 || Random.Shared.NextDouble() < rate);

    /// <summary>Whether an operation is to be written to the profile of its database.</summary>
    internal bool Takes(string database, bool isSlow, Func<RawDocument> entry) =>
        databases.GetValueOrDefault(database) is { Level: > 0 } setting
        && (setting.Filter is { } passes ? passes(entry()) : setting.Level == 2 || (isSlow && IsSampled));

    /// <summary>The reply of <c>profile</c>: what was set, after setting what is asked for.</summary>
    internal DocumentBuilder Change(CommandContext context)
    {
        var arguments = context.Arguments;
        var level = arguments.Number("profile") ?? 0;
        var before = databases.GetValueOrDefault(context.Database);
        var reply = new DocumentBuilder
        {
            { "was", before?.Level ?? 0 },
            { "slowms", (int)Interlocked.Read(ref slowMilliseconds) },
            { "sampleRate", Volatile.Read(ref sampleRate) },
        };
        if (before?.Given is { } given)
        {
            reply
                .Add("filter", given)
                .Add(
                    "note",
                    "When a filter expression is set, slowms and sampleRate are not used for profiling and slow-query log lines."
                );
        }

        var rate = context.Body["sampleRate"];
        var share = rate.Type == BsonType.Double ? rate.AsDouble : rate.ToInt64() ?? 1;
        if (rate.IsNumber && share is < 0 or > 1)
        {
            throw new CommandException(ErrorCode.BadValue, "'sampleRate' must be between 0.0 and 1.0 inclusive");
        }

        if (arguments.Number("slowms") is { } slow)
        {
            Interlocked.Exchange(ref slowMilliseconds, slow);
        }

        if (rate.IsNumber)
        {
            Volatile.Write(ref sampleRate, share);
        }

        if (level is >= 0 and <= 2)
        {
            databases[context.Database] = Filtered(context.Body["filter"], before) with { Level = (int)level };
        }

        return reply;
    }

    private static Setting Filtered(RawValue filter, Setting? before) =>
        filter.Type switch
        {
            BsonType.Missing => before ?? new(0, null, null),
            BsonType.String when filter.AsString == "unset" => new(0, null, null),
            BsonType.Document => new(0, filter.AsDocument, Filtering.Of(filter.AsDocument)),
            _ => throw new CommandException(ErrorCode.BadValue, "Expected an object, or the string 'unset'."),
        };

    private sealed record Setting(int Level, RawDocument? Given, Func<RawDocument, bool>? Filter);
}

using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Faults;

/// <summary>One failpoint as <c>configureFailPoint</c> set it: when it fires, and with what.</summary>
internal sealed class FailPoint
{
    private readonly Lock gate = new();
    private readonly double probability = 1;
    private long skip;
    private long? times;

    private FailPoint(RawDocument data) => Data = data;

    private FailPoint(RawDocument data, double probability)
        : this(data) => this.probability = probability;

    /// <summary>The <c>data</c> document.</summary>
    internal RawDocument Data { get; }

    /// <summary>Reads <c>mode</c> and <c>data</c>; <see langword="null"/> for mode off.</summary>
    internal static FailPoint? Parse(RawValue mode, RawDocument data)
    {
        switch (mode.Type)
        {
            case BsonType.Missing:
                throw new CommandException(
                    ErrorCode.IllegalOperation,
                    "When setting a failpoint, you must supply a 'mode'"
                );
            case BsonType.String:
                return mode.AsString switch
                {
                    "off" => null,
                    "alwaysOn" => new(data),
                    var other => throw new CommandException(ErrorCode.BadValue, $"unknown mode: {other}"),
                };
            case BsonType.Document:
                return ParseCounted(mode.AsDocument, data);
            default:
                throw new CommandException(ErrorCode.TypeMismatch, "'mode' must be a string or JSON object");
        }
    }

    /// <summary>Counts one chance to fire; says whether it does.</summary>
    internal bool TryEnter()
    {
        lock (gate)
        {
            if (skip > 0)
            {
                skip--;
                return false;
            }

            if (times == 0 || (probability < 1 && Random.Shared.NextDouble() >= probability))
            {
                return false;
            }

            times--;
            return true;
        }
    }

    private static FailPoint ParseCounted(RawDocument mode, RawDocument data)
    {
        if (mode.TryGet("times", out var times))
        {
            return times.ToInt64() is { } count and >= 0
                ? new(data) { times = count }
                : throw new CommandException(ErrorCode.BadValue, "'times' option to 'mode' must be positive");
        }

        if (mode.TryGet("skip", out var skip))
        {
            return skip.ToInt64() is { } count and >= 0
                ? new(data) { skip = count }
                : throw new CommandException(ErrorCode.BadValue, "'skip' option to 'mode' must be non-negative");
        }

        if (mode.TryGet("activationProbability", out var chance))
        {
            var value = chance.Type == BsonType.Double ? chance.AsDouble : chance.ToInt64() ?? -1;
            return value is >= 0 and <= 1
                ? new(data, value)
                : throw new CommandException(
                    ErrorCode.BadValue,
                    $"activationProbability must be between 0.0 and 1.0; found {value}"
                );
        }

        throw new CommandException(
            ErrorCode.BadValue,
            "'mode' must be one of: 'off', 'alwaysOn', 'times', 'skip', 'activationProbability'"
        );
    }
}

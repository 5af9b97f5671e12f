using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Faults;

/// <summary>What is said of a fault beside its name: the <c>data</c> of a failpoint, or the fields of a line to the control port.</summary>
/// <param name="Document">The fields.</param>
/// <param name="Seed">The seed: the one given, or one that was chosen.</param>
internal readonly record struct FaultData(RawDocument Document, int Seed)
{
    /// <summary>How slow, by <c>byMS</c> and <c>jitterMS</c>.</summary>
    internal Slowness Slowness =>
        new(Milliseconds("byMS") ?? throw Missing("byMS"), Milliseconds("jitterMS") ?? TimeSpan.Zero, new(1, Seed));

    /// <summary>A MongoDB release, by <c>release</c>.</summary>
    internal string Release =>
        Document["release"] is { Type: BsonType.String } value && value.AsString is "6.0" or "7.0" or "8.0"
            ? Document["release"].AsString
            : throw new CommandException(ErrorCode.BadValue, "'release' is 6.0, 7.0 or 8.0");

    /// <summary>How often, by <c>probability</c>; always without.</summary>
    internal Chance Chance
    {
        get
        {
            var value = Document["probability"];
            var probability =
                value.IsMissing ? 1
                : value.Type == BsonType.Double ? value.AsDouble
                : value.ToInt64() ?? -1;
            return probability is >= 0 and <= 1
                ? new(probability, Seed)
                : throw new CommandException(ErrorCode.BadValue, "'probability' lies between 0 and 1");
        }
    }

    /// <summary>Reads them, and chooses a seed where none is given.</summary>
    internal static FaultData Of(RawDocument document) =>
        new(document, (int?)document["seed"].ToInt64() ?? Random.Shared.Next());

    /// <summary>A time.</summary>
    internal TimeSpan? Milliseconds(string field) =>
        Document[field] switch
        {
            { IsMissing: true } => null,
            var value when value.ToInt64() is { } number => TimeSpan.FromMilliseconds(number),
            _ => throw new CommandException(ErrorCode.BadValue, $"'{field}' is a number of milliseconds"),
        };

    /// <summary>What is said where a field is missing.</summary>
    internal static CommandException Missing(string field) =>
        new(ErrorCode.BadValue, $"'{field}' says how much, and is missing");
}

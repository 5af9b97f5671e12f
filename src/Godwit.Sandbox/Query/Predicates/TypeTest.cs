using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Query.Predicates;

/// <summary><c>$type</c>: one of several types, by number or name; <c>number</c> stands for all numeric ones.</summary>
internal sealed class TypeTest : IValueTest
{
    private readonly HashSet<BsonType> types;

    private TypeTest(HashSet<BsonType> types) => this.types = types;

    /// <summary>The types that pass.</summary>
    internal IReadOnlySet<BsonType> Types => types;

    public LeafArrays LeafArrays => LeafArrays.ElementsAndArray;

    internal static TypeTest Parse(string path, RawValue value) => new(ParseTypes(path, value));

    internal static HashSet<BsonType> ParseTypes(string path, RawValue value)
    {
        var types = new HashSet<BsonType>();
        if (value.Type != BsonType.Array)
        {
            Add(types, value);
            return types;
        }

        foreach (var element in value.AsDocument)
        {
            Add(types, element.Value);
        }

        return types.Count > 0
            ? types
            : throw new CommandException(ErrorCode.FailedToParse, $"{path} must match at least one type");
    }

    public bool Matches(RawValue value, MatchTrace? trace) => types.Contains(value.Type);

    private static void Add(HashSet<BsonType> types, RawValue value)
    {
        if (value.Type == BsonType.String)
        {
            AddName(types, value.AsString);
        }
        else if (value.IsNumber)
        {
            _ = types.Add(FromCode(value));
        }
        else
        {
            throw new CommandException(ErrorCode.TypeMismatch, "type must be represented as a number or a string");
        }
    }

    private static void AddName(HashSet<BsonType> types, string name)
    {
        if (name == "number")
        {
            types.UnionWith([BsonType.Int32, BsonType.Int64, BsonType.Double, BsonType.Decimal128]);
        }
        else if (BsonTypeNames.TryParse(name, out var type))
        {
            _ = types.Add(type);
        }
        else
        {
            throw QueryErrors.BadValue($"Unknown type name alias: {name}");
        }
    }

    private static BsonType FromCode(RawValue value) =>
        QueryErrors.WholeNumber(value) switch
        {
            0 => throw QueryErrors.BadValue("Invalid numerical type code: 0. Instead use {$exists:false}."),
            >= 1 and <= 19 and var code => (BsonType)code,
            127 => BsonType.MaxKey,
            -1 => BsonType.MinKey,
            _ => throw QueryErrors.BadValue($"Invalid numerical type code: {value}"),
        };
}

using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>The arguments of <c>$merge</c>.</summary>
/// <param name="Into">The collection written to.</param>
/// <param name="On">The fields by which documents are the same; none for <c>_id</c>.</param>
/// <param name="WhenMatched">What becomes of a document that is there.</param>
/// <param name="WhenNotMatched">What happens where none is.</param>
/// <param name="Let">Variables of the pipeline in <paramref name="WhenMatched"/>.</param>
internal sealed record MergeSpecification(
    Namespace Into,
    IReadOnlyList<string> On,
    RawValue WhenMatched,
    string WhenNotMatched,
    RawDocument? Let
)
{
    private static readonly string[] MatchedModes = ["replace", "keepExisting", "merge", "fail"];
    private static readonly string[] NotMatchedModes = ["insert", "discard", "fail"];

    /// <summary>Whether documents that are there go through a pipeline.</summary>
    internal bool HasPipeline => WhenMatched.Type == BsonType.Array;

    /// <summary>The mode, where it is no pipeline.</summary>
    internal string Mode => HasPipeline ? "pipeline" : WhenMatched.AsString;

    internal static MergeSpecification Parse(RawValue value, StageContext context)
    {
        if (value.Type == BsonType.String)
        {
            return new(CheckTarget(Target(value, context)), [], "merge", "insert", null);
        }

        if (value.Type != BsonType.Document)
        {
            throw new CommandException(
                ErrorCode.TypeMismatch,
                $"$merge requires a string or object argument, but found {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        var specification = value.AsDocument;
        foreach (var element in specification)
        {
            if (element.Name is not ("into" or "on" or "let" or "whenMatched" or "whenNotMatched"))
            {
                throw Commands.CommandErrors.UnknownField("$merge", element.Name);
            }
        }

        var parsed = new MergeSpecification(
            CheckTarget(Target(specification["into"], context)),
            Fields(specification["on"]),
            Matched(specification["whenMatched"]),
            NotMatched(specification["whenNotMatched"]),
            specification["let"] is { Type: BsonType.Document } let ? let.AsDocument : null
        );
        parsed.CheckModes();
        return parsed;
    }

    private void CheckModes()
    {
        var isKnown = Mode switch
        {
            "fail" => WhenNotMatched == "insert",
            "keepExisting" => WhenNotMatched == "insert",
            _ => true,
        };
        if (!isKnown)
        {
            throw new CommandException(
                51189,
                $"Combination of $merge modes 'whenMatched: {Mode}' and 'whenNotMatched: {WhenNotMatched}' is not supported"
            );
        }

        if (Let is null)
        {
            return;
        }

        if (!HasPipeline)
        {
            throw new CommandException(51199, $"Cannot use 'let' variables with 'whenMatched: {Mode}' mode");
        }

        if (Let.Value["new"] is { IsMissing: false } given && given != "$$ROOT")
        {
            throw new CommandException(
                51273,
                "'let' may not define a value for the reserved 'new' variable other than '$$ROOT'"
            );
        }
    }

    private static Namespace Target(RawValue into, StageContext context)
    {
        switch (into.Type)
        {
            case BsonType.Missing:
                throw Commands.CommandErrors.MissingField("$merge", "into");
            case BsonType.String:
                return new(
                    context.Namespace.Database,
                    into.AsString.Length > 0
                        ? into.AsString
                        : throw new CommandException(5786800, "$merge 'into' field cannot be an empty string")
                );
            case BsonType.Document:
                var database = into.AsDocument["db"] is { Type: BsonType.String } db
                    ? db.AsString
                    : context.Namespace.Database;
                return into.AsDocument["coll"] is { Type: BsonType.String, AsString: { Length: > 0 } name }
                    ? new(database, name)
                    : throw new CommandException(
                        5786801,
                        "$merge 'into' field must specify a 'coll' that is not empty, null or undefined"
                    );
            default:
                throw new CommandException(
                    51178,
                    $"$merge 'into' field  must be either a string or an object, but found {BsonTypeNames.NameOf(into.Type)}"
                );
        }
    }

    private static Namespace CheckTarget(Namespace target)
    {
        if (target.Collection.StartsWith('.') || target.Collection.Contains('$', StringComparison.Ordinal))
        {
            throw new CommandException(ErrorCode.InvalidNamespace, $"Invalid $merge target namespace: '{target}'");
        }

        if (target.Collection.StartsWith("system.", StringComparison.Ordinal))
        {
            throw new CommandException(31319, $"Cannot $merge to special collection: {target.Collection}");
        }

        return target.Database is "admin" or "config" or "local"
            ? throw new CommandException(31320, $"Cannot $merge to internal database: {target.Database}")
            : target;
    }

    private static List<string> Fields(RawValue on)
    {
        switch (on.Type)
        {
            case BsonType.Missing:
                return [];
            case BsonType.String:
                return [on.AsString];
            case BsonType.Array:
                var fields = new List<string>();
                foreach (var field in on.AsDocument.Values())
                {
                    fields.Add(
                        field.Type != BsonType.String
                            ? throw new CommandException(
                                51134,
                                $"$merge 'on' array elements must be strings, but found {BsonTypeNames.NameOf(field.Type)}"
                            )
                        : fields.Contains(field.AsString)
                            ? throw new CommandException(31465, $"Found a duplicate field '{field.AsString}'")
                        : field.AsString
                    );
                }

                return fields.Count > 0
                    ? fields
                    : throw new CommandException(
                        51187,
                        "If explicitly specifying $merge 'on', must include at least one field"
                    );
            default:
                throw new CommandException(
                    51186,
                    $"$merge 'on' field  must be either a string or an array of strings, but found {BsonTypeNames.NameOf(on.Type)}"
                );
        }
    }

    private static RawValue Matched(RawValue value) =>
        value.Type switch
        {
            BsonType.Missing => "merge",
            BsonType.Array => value,
            BsonType.String when MatchedModes.Contains(value.AsString) => value,
            BsonType.String => throw BadMode(value, "whenMatched"),
            _ => throw new CommandException(
                51191,
                $"$merge 'whenMatched' field  must be either a string or an array, but found {BsonTypeNames.NameOf(value.Type)}"
            ),
        };

    private static string NotMatched(RawValue value) =>
        value.Type switch
        {
            BsonType.Missing => "insert",
            BsonType.String when NotMatchedModes.Contains(value.AsString) => value.AsString,
            BsonType.String => throw BadMode(value, "whenNotMatched"),
            _ => throw Commands.CommandErrors.WrongType("$merge", "whenNotMatched", value, "string"),
        };

    private static CommandException BadMode(RawValue value, string field) =>
        new(
            ErrorCode.BadValue,
            $"Enumeration value '{value.AsString}' for field '$merge.{field}' is not a valid value."
        );
}

using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$unwind</c>: one document for each element of an array.</summary>
internal sealed class UnwindStage(string[] path, string[]? indexPath, bool keepsEmpty) : Stage
{
    internal static Stage Parse(RawValue value, StageContext context)
    {
        var (path, indexPath, keepsEmpty) = ("", (string?)null, false);
        switch (value.Type)
        {
            case BsonType.String:
                path = value.AsString;
                break;
            case BsonType.Document:
                foreach (var option in value.AsDocument)
                {
                    ReadOption(option, ref path, ref indexPath, ref keepsEmpty);
                }

                break;
            default:
                throw new CommandException(
                    15981,
                    $"expected either a string or an object as specification for $unwind stage, got {BsonTypeNames.NameOf(value.Type)}"
                );
        }

        if (path.Length == 0)
        {
            throw new CommandException(28812, "no path specified to $unwind stage");
        }

        return path.StartsWith('$')
            ? new UnwindStage(
                Expressions.FieldNames.SplitPath(path[1..]),
                indexPath is null ? null : Expressions.FieldNames.SplitPath(indexPath),
                keepsEmpty
            )
            : throw new CommandException(28818, $"path option to $unwind stage should be prefixed with a '$': {path}");
    }

    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input)
    {
        foreach (var document in input)
        {
            var array = NestedFields.Get(document, path);
            if (array.Type == BsonType.Array && !array.AsDocument.IsEmpty)
            {
                long index = 0;
                foreach (var element in array.AsDocument)
                {
                    yield return WithIndex(NestedFields.Set(document, path, element.Value), index++);
                }
            }
            else if (array.Type == BsonType.Array ? keepsEmpty : keepsEmpty || !array.IsNullish)
            {
                var kept = array.Type == BsonType.Array ? NestedFields.Set(document, path, default) : document;
                yield return WithIndex(kept, RawValue.Null);
            }
        }
    }

    private RawDocument WithIndex(RawDocument document, RawValue index) =>
        indexPath is null ? document : NestedFields.Set(document, indexPath, index);

    private static void ReadOption(RawElement option, ref string path, ref string? indexPath, ref bool keepsEmpty)
    {
        switch (option.Name)
        {
            case "path":
                path =
                    option.Type == BsonType.String
                        ? option.Value.AsString
                        : throw new CommandException(
                            28808,
                            $"expected a string as the path for $unwind stage, got {BsonTypeNames.NameOf(option.Type)}"
                        );
                break;
            case "preserveNullAndEmptyArrays":
                keepsEmpty =
                    option.Type == BsonType.Boolean
                        ? option.Value.AsBoolean
                        : throw new CommandException(
                            28809,
                            $"expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage, got {BsonTypeNames.NameOf(option.Type)}"
                        );
                break;
            case "includeArrayIndex":
                indexPath =
                    option.Type == BsonType.String && option.Value.AsString.Length > 0
                        ? option.Value.AsString
                        : throw new CommandException(
                            28810,
                            $"expected a non-empty string for the includeArrayIndex  option to $unwind stage, got {BsonTypeNames.NameOf(option.Type)}"
                        );
                if (indexPath.StartsWith('$'))
                {
                    throw new CommandException(
                        28822,
                        $"includeArrayIndex option to $unwind stage should not be prefixed with a '$': {indexPath}"
                    );
                }

                break;
            default:
                throw new CommandException(28811, $"unrecognized option to $unwind stage: {option.Name}");
        }
    }
}

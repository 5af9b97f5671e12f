using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>The refusals that every strictly parsed command shares.</summary>
internal static class CommandErrors
{
    internal static CommandException UnknownField(string owner, string field) =>
        new(ErrorCode.IDLUnknownField, $"BSON field '{owner}.{field}' is an unknown field.");

    internal static CommandException MissingField(string owner, string field) =>
        new(ErrorCode.IDLFailedToParse, $"BSON field '{owner}.{field}' is missing but a required field");

    internal static CommandException DuplicateField(string owner, string field) =>
        new(ErrorCode.IDLDuplicateField, $"BSON field '{owner}.{field}' is a duplicate field");

    internal static CommandException WrongType(string owner, string field, RawValue value, params string[] expected)
    {
        var types =
            expected.Length == 1
                ? $"expected type '{expected[0]}'"
                : $"expected types '[{string.Join(", ", expected)}]'";
        return new(
            ErrorCode.TypeMismatch,
            $"BSON field '{owner}.{field}' is the wrong type '{BsonTypeNames.NameOf(value.Type)}', {types}"
        );
    }

    internal static CommandException BelowMinimum(string field, RawValue value, long minimum) =>
        new(ErrorCode.BadValue, $"BSON field '{field}' value must be >= {minimum}, actual value '{value.ToInt64()}'");
}

using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary><c>$bit</c>: <c>and</c>, <c>or</c> and <c>xor</c> on whole numbers, one after another.</summary>
internal sealed class BitModifier : Modifier
{
    private const string Format = "{$bit: {field: {and/or/xor: #}}";
    private readonly List<(string Name, RawValue Operand)> operations;

    private BitModifier(List<(string Name, RawValue Operand)> operations) => this.operations = operations;

    internal static BitModifier Parse(RawElement field)
    {
        if (field.Type != BsonType.Document)
        {
            throw Refuse(
                $"The $bit modifier is not compatible with a {BsonTypeNames.NameOf(field.Type)}. You must pass in an embedded document: {Format}"
            );
        }

        var operations = new List<(string, RawValue)>();
        foreach (var operation in field.Value.AsDocument)
        {
            if (operation.Name is not ("and" or "or" or "xor"))
            {
                throw Refuse(
                    $"The $bit modifier only supports 'and', 'or', and 'xor', not '{operation.Name}' which is an unknown operator: {{{operation}}}"
                );
            }

            if (operation.Type is not (BsonType.Int32 or BsonType.Int64))
            {
                throw Refuse(
                    $"The $bit modifier field must be an Integer(32/64 bit); a '{BsonTypeNames.NameOf(operation.Type)}' is not supported here: {{{operation}}}"
                );
            }

            operations.Add((operation.Name, operation.Value));
        }

        return operations.Count > 0
            ? new(operations)
            : throw Refuse($"You must pass in at least one bitwise operation. The format is: {Format}");
    }

    protected override Change Update(UpdateRun run, UpdateCursor cursor)
    {
        var old = cursor.Element.Value;
        if (old.Type is not (BsonType.Int32 or BsonType.Int64))
        {
            throw Refuse(
                $"Cannot apply $bit to a value of non-integral type.{run.IdText} has the field {cursor.Element.Name} of non-integer type {BsonTypeNames.NameOf(old.Type)}"
            );
        }

        var value = Compute(old);
        if (value == old)
        {
            return Change.None;
        }

        cursor.Element.Value = value;
        return Change.Changed;
    }

    protected override RawValue NewValue() => Compute(0);

    private RawValue Compute(RawValue start)
    {
        var value = start;
        foreach (var (name, operand) in operations)
        {
            var (left, right) = (value.ToInt64()!.Value, operand.ToInt64()!.Value);
            var bits = name switch
            {
                "and" => left & right,
                "or" => left | right,
                _ => left ^ right,
            };
            value = UpdateArithmetic.Whole(bits, value, operand);
        }

        return value;
    }

    private static CommandException Refuse(string message) => new(ErrorCode.BadValue, message);
}

using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary><c>$inc</c> and <c>$mul</c>.</summary>
internal sealed class ArithmeticModifier : Modifier
{
    private readonly RawValue operand;
    private readonly bool multiplies;

    private ArithmeticModifier(RawValue operand, bool multiplies)
    {
        this.operand = operand;
        this.multiplies = multiplies;
    }

    private string Operator => multiplies ? "$mul" : "$inc";

    internal static ArithmeticModifier Parse(RawElement field, bool multiplies) =>
        field.Value.IsNumber
            ? new(field.Value, multiplies)
            : throw new CommandException(
                ErrorCode.TypeMismatch,
                $"Cannot {(multiplies ? "multiply" : "increment")} with non-numeric argument: {{{field}}}"
            );

    protected override Change Update(UpdateRun run, UpdateCursor cursor)
    {
        var old = cursor.Element.Value;
        if (!old.IsNumber)
        {
            throw new CommandException(
                ErrorCode.TypeMismatch,
                $"Cannot apply {Operator} to a value of non-numeric type. {{{run.IdText}}} has the field '{cursor.Element.Name}' of non-numeric type {BsonTypeNames.NameOf(old.Type)}"
            );
        }

        var value = multiplies ? UpdateArithmetic.Multiply(operand, old) : UpdateArithmetic.Add(operand, old);
        if (value.IsMissing)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"Failed to apply {Operator} operations to current value ({old}) for document {{{run.IdText}}}"
            );
        }

        if (UpdateArithmetic.AreIdentical(value, old))
        {
            return Change.None;
        }

        cursor.Element.Value = value;
        return Change.Changed;
    }

    protected override RawValue NewValue() => multiplies ? UpdateArithmetic.Multiply(operand, 0) : operand;
}

using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary><c>$pop</c>: removes the last or the first element.</summary>
internal sealed class PopModifier : Modifier
{
    private readonly bool isFromFront;

    private PopModifier(bool isFromFront) => this.isFromFront = isFromFront;

    protected override bool ChecksStorage => false;

    internal static PopModifier Parse(RawElement field)
    {
        if (!WholeNumber.TryRead(field.Value, out var number))
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                field.Value.IsNumber ? $"Expected an integer: {field}" : $"Expected a number in: {field}"
            );
        }

        return number is 1 or -1
            ? new(number == -1)
            : throw new CommandException(ErrorCode.FailedToParse, $"$pop expects 1 or -1, found: {number}");
    }

    protected override Change Update(UpdateRun run, UpdateCursor cursor)
    {
        var array = cursor.Element;
        if (!array.IsArray)
        {
            throw new CommandException(
                ErrorCode.TypeMismatch,
                $"Path '{cursor.TakenPath}' contains an element of non-array type '{BsonTypeNames.NameOf(array.Type)}'"
            );
        }

        if (array.Children.Count == 0)
        {
            return Change.None;
        }

        array.RemoveAt(isFromFront ? 0 : array.Children.Count - 1);
        return Change.Changed;
    }
}

using Godwit.Bson;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary><c>$set</c> and <c>$setOnInsert</c>.</summary>
/// <param name="value">The value to set.</param>
/// <param name="isForInsertOnly">Whether it is <c>$setOnInsert</c>.</param>
internal sealed class SetModifier(RawValue value, bool isForInsertOnly) : Modifier
{
    protected override bool IsForInsertOnly => isForInsertOnly;

    protected override Change Update(UpdateRun run, UpdateCursor cursor)
    {
        if (cursor.Element.Value == value)
        {
            return Change.None;
        }

        cursor.Element.Value = value;
        return Change.Changed;
    }

    protected override RawValue NewValue() => value;
}

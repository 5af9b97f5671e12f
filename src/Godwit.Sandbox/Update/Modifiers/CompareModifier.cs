using Godwit.Bson;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary><c>$min</c> and <c>$max</c>.</summary>
/// <param name="value">The value to compare with.</param>
/// <param name="keepsGreater">Whether it is <c>$max</c>.</param>
/// <param name="collation">The order of strings.</param>
internal sealed class CompareModifier(RawValue value, bool keepsGreater, IStringCollation? collation) : Modifier
{
    protected override Change Update(UpdateRun run, UpdateCursor cursor)
    {
        var order = ValueComparer.Compare(cursor.Element.Value, value, collation);
        if (keepsGreater ? order >= 0 : order <= 0)
        {
            return Change.None;
        }

        cursor.Element.Value = value;
        return Change.Changed;
    }

    protected override RawValue NewValue() => value;
}

using Godwit.Bson;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary><c>$unset</c>: removes a field; an array element becomes null.</summary>
internal sealed class UnsetModifier : Modifier
{
    protected override bool IgnoresNonViablePath => true;

    protected override bool ChecksStorage => false;

    protected override Change Update(UpdateRun run, UpdateCursor cursor)
    {
        if (cursor.Taken[^1].IsIndex)
        {
            cursor.Element.Value = RawValue.Null;
        }
        else
        {
            cursor.Element.Parent!.Remove(cursor.Element);
        }

        return Change.Changed;
    }

    protected override void LogUpdate(UpdateLog log, UpdateCursor cursor, Change change)
    {
        if (cursor.Taken[^1].IsIndex)
        {
            log.Updated(cursor.Taken, RawValue.Null);
        }
        else
        {
            log.Removed(cursor.Taken);
        }
    }
}

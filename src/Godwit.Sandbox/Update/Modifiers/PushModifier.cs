using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary><c>$push</c>: inserts, then sorts, then cuts.</summary>
internal sealed class PushModifier : Modifier
{
    private readonly PushOptions options;

    private PushModifier(PushOptions options) => this.options = options;

    internal static PushModifier Parse(RawElement field, UpdateContext context) =>
        new(PushOptions.Parse(field.Value, context));

    protected override Change Update(UpdateRun run, UpdateCursor cursor)
    {
        var array = cursor.Element;
        return array.IsArray
            ? Push(array)
            : throw new CommandException(
                ErrorCode.BadValue,
                $"The field '{cursor.TakenPath}' must be an array but is of type {BsonTypeNames.NameOf(array.Type)} in document {{{run.IdText}}}"
            );
    }

    protected override RawValue NewValue()
    {
        var array = new MutableElement("", new ArrayBuilder().Build());
        _ = Push(array);
        return array.Value;
    }

    protected override void LogUpdate(UpdateLog log, UpdateCursor cursor, Change change)
    {
        if (change == Change.Appended)
        {
            LogAppended(log, cursor, options.Values.Count);
        }
        else
        {
            base.LogUpdate(log, cursor, change);
        }
    }

    private Change Push(MutableElement array)
    {
        var change = Insert(array);
        if (options.Sort is { } order)
        {
            array.Arrange(elements => elements.OrderBy(element => element.Value, order));
            change = Change.Changed;
        }

        if (options.Slice is { } slice)
        {
            var kept = slice == long.MinValue ? long.MaxValue : Math.Abs(slice);
            while (array.Children.Count > kept)
            {
                array.RemoveAt(slice >= 0 ? array.Children.Count - 1 : 0);
                change = Change.Changed;
            }
        }

        return change;
    }

    private Change Insert(MutableElement array)
    {
        if (options.Values.Count == 0)
        {
            return Change.None;
        }

        var count = array.Children.Count;
        var isAppended = count > 0 && (options.Position is null || options.Position > count);
        var position = options.Position switch
        {
            null => count,
            { } given when given > count => count,
            >= 0 and { } given => given,
            { } given => Math.Max(0, count + Math.Max(given, -count)),
        };
        for (var i = 0; i < options.Values.Count; i++)
        {
            array.Insert((int)position + i, new("", options.Values[i]));
        }

        return isAppended ? Change.Appended : Change.Changed;
    }
}

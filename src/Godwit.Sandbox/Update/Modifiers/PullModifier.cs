using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary><c>$pull</c> and <c>$pullAll</c>: remove the elements that match.</summary>
internal sealed class PullModifier : Modifier
{
    /// <summary>Stands for the element where a condition on it is tested as a condition on a field.</summary>
    private const string ElementName = "element";

    private static readonly HashSet<string> LogicalNames = new(StringComparer.Ordinal) { "$and", "$or", "$nor" };
    private readonly Func<RawValue, bool> matches;

    private PullModifier(Func<RawValue, bool> matches) => this.matches = matches;

    protected override bool ChecksStorage => false;

    internal static PullModifier Parse(RawElement field, UpdateContext context)
    {
        var condition = field.Value;
        var isOnElement =
            condition.Type == BsonType.RegularExpression
            || (condition.Type == BsonType.Document && IsOnElement(condition.AsDocument));
        if (isOnElement)
        {
            var filter = context.ParseFilter(new DocumentBuilder { { ElementName, condition } }.Build());
            return new(value => filter(new DocumentBuilder { { ElementName, value } }.Build()));
        }

        if (condition.Type == BsonType.Document)
        {
            var filter = context.ParseFilter(condition.AsDocument);
            return new(value => value.Type == BsonType.Document && filter(value.AsDocument));
        }

        return new(value => ValueComparer.AreEqual(value, condition, context.Collation));
    }

    internal static PullModifier ParseAll(RawElement field, UpdateContext context)
    {
        if (field.Type != BsonType.Array)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"$pullAll requires an array argument but was given a {BsonTypeNames.NameOf(field.Type)}"
            );
        }

        var values = field.Value.AsDocument.Values().ToList();
        return new(value => values.Exists(other => ValueComparer.AreEqual(value, other, context.Collation)));
    }

    protected override Change Update(UpdateRun run, UpdateCursor cursor)
    {
        var array = cursor.Element;
        if (!array.IsArray)
        {
            throw new CommandException(ErrorCode.BadValue, "Cannot apply $pull to a non-array value");
        }

        var isChanged = false;
        for (var i = array.Children.Count - 1; i >= 0; i--)
        {
            if (matches(array.Children[i].Value))
            {
                array.RemoveAt(i);
                isChanged = true;
            }
        }

        return isChanged ? Change.Changed : Change.None;
    }

    /// <summary>Whether a condition begins with an operator that tests the element itself, as <c>$gt</c> does and <c>$or</c> does not.</summary>
    private static bool IsOnElement(RawDocument condition) =>
        !condition.IsEmpty
        && condition.First().NameUtf8.Span is [(byte)'$', ..]
        && !LogicalNames.Contains(condition.First().Name)
        && !condition.First().NameIs("$not"u8);
}

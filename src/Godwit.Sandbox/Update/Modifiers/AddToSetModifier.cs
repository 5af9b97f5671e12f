using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary><c>$addToSet</c>: appends what the array does not have yet.</summary>
internal sealed class AddToSetModifier : Modifier
{
    private readonly List<RawValue> values = [];
    private readonly IStringCollation? collation;

    private AddToSetModifier(IEnumerable<RawValue> given, IStringCollation? collation)
    {
        this.collation = collation;
        foreach (var value in given)
        {
            if (!values.Exists(other => ValueComparer.AreEqual(other, value, collation)))
            {
                values.Add(value);
            }
        }
    }

    internal static AddToSetModifier Parse(RawElement field, UpdateContext context)
    {
        if (
            field.Type != BsonType.Document
            || field.Value.AsDocument.IsEmpty
            || !field.Value.AsDocument.First().NameIs("$each"u8)
        )
        {
            return new([field.Value], context.Collation);
        }

        var each = field.Value.AsDocument.First().Value;
        if (each.Type != BsonType.Array)
        {
            throw new CommandException(
                ErrorCode.TypeMismatch,
                $"The argument to $each in $addToSet must be an array but it was of type {BsonTypeNames.NameOf(each.Type)}"
            );
        }

        return field.Value.AsDocument.Count() == 1
            ? new(each.AsDocument.Values(), context.Collation)
            : throw new CommandException(
                ErrorCode.BadValue,
                $"Found unexpected fields after $each in $addToSet: {field.Value}"
            );
    }

    protected override Change Update(UpdateRun run, UpdateCursor cursor)
    {
        var array = cursor.Element;
        if (!array.IsArray)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"Cannot apply $addToSet to non-array field. Field named '{array.Name}' has non-array type {BsonTypeNames.NameOf(array.Type)}"
            );
        }

        var missing = values.FindAll(value =>
            !array.Children.Any(child => ValueComparer.AreEqual(child.Value, value, collation))
        );
        foreach (var value in missing)
        {
            array.Append(new("", value));
        }

        if (missing.Count > 0 && run.Log is { } log)
        {
            LogAppended(log, cursor, missing.Count);
        }

        return missing.Count > 0 ? Change.Appended : Change.None;
    }

    protected override RawValue NewValue() => RawValue.Array(values);

    /// <summary>The log has been written while the number of new elements was known.</summary>
    protected override void LogUpdate(UpdateLog log, UpdateCursor cursor, Change change) { }
}

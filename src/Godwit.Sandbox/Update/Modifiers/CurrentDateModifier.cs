using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary><c>$currentDate</c>: the wall clock, or the next cluster time.</summary>
internal sealed class CurrentDateModifier : Modifier
{
    private readonly UpdateContext context;
    private readonly bool isTimestamp;

    private CurrentDateModifier(UpdateContext context, bool isTimestamp)
    {
        this.context = context;
        this.isTimestamp = isTimestamp;
    }

    internal static CurrentDateModifier Parse(RawElement field, UpdateContext context)
    {
        switch (field.Type)
        {
            case BsonType.Boolean:
                return new(context, isTimestamp: false);
            case BsonType.Document:
                return new(context, ReadType(field.Value.AsDocument) == "timestamp");
            default:
                throw new CommandException(
                    ErrorCode.BadValue,
                    $"{BsonTypeNames.NameOf(field.Type)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({{$type: 'timestamp/date'}})."
                );
        }
    }

    protected override Change Update(UpdateRun run, UpdateCursor cursor)
    {
        cursor.Element.Value = NewValue();
        return Change.Changed;
    }

    protected override RawValue NewValue() =>
        isTimestamp ? RawValue.Timestamp(context.TickTime()) : RawValue.DateTime(context.Now);

    private static string ReadType(RawDocument options)
    {
        string? type = null;
        foreach (var option in options)
        {
            if (!option.NameIs("$type"u8))
            {
                throw new CommandException(ErrorCode.BadValue, $"Unrecognized $currentDate option: {option.Name}");
            }

            type = option.Type == BsonType.String ? option.Value.AsString : type;
        }

        return type is "date" or "timestamp"
            ? type
            : throw new CommandException(
                ErrorCode.BadValue,
                "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}"
            );
    }
}

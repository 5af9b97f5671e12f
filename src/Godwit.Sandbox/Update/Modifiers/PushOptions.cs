using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary>The clauses of <c>$push</c>: <c>$each</c>, <c>$position</c>, <c>$slice</c>, <c>$sort</c>.</summary>
/// <param name="Values">What is pushed.</param>
/// <param name="Position">Where; at the end if not given.</param>
/// <param name="Slice">How many elements are kept, from the front or, negative, from the end.</param>
/// <param name="Sort">The order they are put in.</param>
internal sealed record PushOptions(
    IReadOnlyList<RawValue> Values,
    long? Position = null,
    long? Slice = null,
    IComparer<RawValue>? Sort = null
)
{
    internal static PushOptions Parse(RawValue argument, UpdateContext context)
    {
        if (argument.Type != BsonType.Document || !argument.AsDocument.Has("$each"))
        {
            return new([argument]);
        }

        var options = new PushOptions([]);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var clause in argument.AsDocument)
        {
            options = clause.Name switch
            {
                "$each" => options with { Values = Each(clause.Value) },
                "$slice" => options with
                {
                    Slice = Integer(clause, "The value for $slice must be an integer value but was given type: "),
                },
                "$position" => options with
                {
                    Position = Integer(clause, "The value for $position must be an integer value, not of type: "),
                },
                "$sort" => options with { Sort = ElementOrder.Parse(clause.Value, context.Collation) },
                _ => throw Refuse($"Unrecognized clause in $push: {clause.Name}"),
            };
            if (!seen.Add(clause.Name))
            {
                throw Refuse($"Only one {clause.Name} is supported.");
            }
        }

        return options;
    }

    private static List<RawValue> Each(RawValue value) =>
        value.Type == BsonType.Array
            ? [.. value.AsDocument.Values()]
            : throw Refuse(
                $"The argument to $each in $push must be an array but it was of type: {BsonTypeNames.NameOf(value.Type)}"
            );

    private static long Integer(RawElement clause, string complaint) =>
        WholeNumber.TryRead(clause.Value, out var number)
            ? number
            : throw Refuse(complaint + BsonTypeNames.NameOf(clause.Type));

    private static CommandException Refuse(string message) => new(ErrorCode.BadValue, message);
}

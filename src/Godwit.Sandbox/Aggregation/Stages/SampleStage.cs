using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$sample</c>: so many documents at random, each at most once.</summary>
internal sealed class SampleStage(long count) : Stage
{
    internal long Count => count;

    internal static Stage Parse(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(28745, "the $sample stage specification must be an object");
        }

        RawValue size = default;
        foreach (var option in value.AsDocument)
        {
            size =
                !option.NameIs("size")
                    ? throw new CommandException(28748, $"unrecognized option to $sample: {option.Name}")
                : option.Value.IsNumber ? option.Value
                : throw new CommandException(28746, "size argument to $sample must be a number");
        }

        if (size.IsMissing)
        {
            throw new CommandException(28749, "$sample stage must specify a size");
        }

        return size.ToInt64() is >= 0 and var count
            ? new SampleStage(count)
            : throw new CommandException(28747, "size argument to $sample must not be negative");
    }

    /// <summary>Keeps a reservoir while the documents go by, so that only as many as asked for are held.</summary>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input)
    {
        if (count == 0)
        {
            yield break;
        }

        var kept = new List<RawDocument>();
        long seen = 0;
        foreach (var document in input)
        {
            seen++;
            if (kept.Count < count)
            {
                kept.Add(document);
            }
            else if (Random.Shared.NextInt64(seen) is var place && place < count)
            {
                kept[(int)place] = document;
            }
        }

        var order = kept.ToArray();
        Random.Shared.Shuffle(order);
        foreach (var document in order)
        {
            yield return document;
        }
    }
}

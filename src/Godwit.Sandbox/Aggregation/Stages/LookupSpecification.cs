using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>The arguments of <c>$lookup</c>.</summary>
/// <param name="From">The other collection; without name where the pipeline has documents of its own.</param>
/// <param name="As">Where the documents found go.</param>
/// <param name="LocalField">What joins, in the documents of the pipeline.</param>
/// <param name="ForeignField">What joins, in the other collection.</param>
/// <param name="Let">Variables of the pipeline.</param>
/// <param name="Pipeline">What the documents found go through.</param>
internal sealed record LookupSpecification(
    Namespace From,
    string As,
    string? LocalField,
    string? ForeignField,
    RawDocument? Let,
    IReadOnlyList<RawDocument>? Pipeline
)
{
    internal static LookupSpecification Parse(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw Failed("the $lookup specification must be an Object");
        }

        var specification = value.AsDocument;
        foreach (var element in specification)
        {
            CheckArgument(element);
        }

        var from = specification["from"] is { Type: BsonType.String } name ? name.AsString : "";
        var stages = specification["pipeline"] is { IsMissing: false } pipeline ? SubPipeline.StagesOf(pipeline) : null;
        var parsed = new LookupSpecification(
            new(context.Namespace.Database, from),
            Text(specification, "as") ?? throw Failed("must specify 'as' field for a $lookup"),
            Text(specification, "localField"),
            Text(specification, "foreignField"),
            specification["let"] is { IsMissing: false } let ? let.AsDocument : null,
            stages
        );
        parsed.CheckForm();
        return parsed;
    }

    private void CheckForm()
    {
        if (From.Collection.Length == 0)
        {
            if (Pipeline is null)
            {
                throw Failed("must specify 'pipeline' when 'from' is empty");
            }

            if (Pipeline.Count == 0 || !Pipeline[0].Has("$documents"))
            {
                throw Failed(
                    "$lookup stage without explicit collection must have a pipeline with $documents as first stage"
                );
            }
        }

        var isJoined = LocalField is not null && ForeignField is not null;
        var isHalf = LocalField is not null != ForeignField is not null;
        if (Pipeline is not null && isHalf)
        {
            throw Failed("$lookup requires both or neither of 'localField' and 'foreignField' to be specified");
        }

        if (Pipeline is null && !isJoined)
        {
            throw Failed("$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified");
        }

        if (Pipeline is null && Let is not null)
        {
            throw Failed("$lookup with a 'let' argument must also specify 'pipeline'");
        }
    }

    private static void CheckArgument(RawElement element)
    {
        switch (element.Name)
        {
            case "pipeline":
                break;
            case "let" when element.Type != BsonType.Document:
                throw Failed($"$lookup argument '{element}' must be an object, is type {(int)element.Type}");
            case "let":
                break;
            case "from" when element.Type != BsonType.String:
                throw Failed($"$lookup 'from' field must be a string, but found {BsonTypeNames.NameOf(element.Type)}");
            case "from" or "as" or "localField" or "foreignField" when element.Type == BsonType.String:
                break;
            case "as" or "localField" or "foreignField":
                throw Failed(
                    $"$lookup argument '{element.Name}' must be a string, found {element}: {(int)element.Type}"
                );
            default:
                throw Failed($"unknown argument to $lookup: {element.Name}");
        }
    }

    private static string? Text(RawDocument specification, string name) =>
        specification[name] is { Type: BsonType.String } text && text.AsString.Length > 0 ? text.AsString : null;

    private static CommandException Failed(string message) => new(ErrorCode.FailedToParse, message);
}

using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$fill</c>: null and missing fields get a value, the last one before, or one on the line between their neighbours.</summary>
internal static class FillStage
{
    internal static Stage Parse(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                $"The $fill stage specification must be an object, found {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        var specification = value.AsDocument;
        if (specification["output"] is not { Type: BsonType.Document } output || output.AsDocument.IsEmpty)
        {
            throw new CommandException(
                6050203,
                "The output field in '$fill' must contain an object with at least one element"
            );
        }

        var (windows, values) = (new DocumentBuilder(), new DocumentBuilder());
        foreach (var field in output.AsDocument)
        {
            Sort(field, windows, values);
        }

        return Stages(windows.Build(), values.Build(), specification, context);
    }

    private static void Sort(RawElement field, DocumentBuilder windows, DocumentBuilder values)
    {
        if (field.Type != BsonType.Document || field.Value.AsDocument.Count() != 1)
        {
            throw new CommandException(
                6050200,
                "Each fill output specification must be an object with exactly one field"
            );
        }

        var (method, constant) = (field.Value.AsDocument["method"], field.Value.AsDocument["value"]);
        if (method.IsMissing == constant.IsMissing)
        {
            throw new CommandException(
                6050201,
                "Each fill output specification must have exactly one of 'method' or 'value' fields, not both"
            );
        }

        RawValue path = "$" + field.Name;
        if (!constant.IsMissing)
        {
            values.Add(field.Name, new DocumentBuilder { { "$ifNull", RawValue.Array([path, constant]) } });
            return;
        }

        var name = method switch
        {
            { Type: BsonType.String, AsString: "locf" } => "$locf",
            { Type: BsonType.String, AsString: "linear" } => "$linearFill",
            _ => throw new CommandException(6050202, "Method must be either locf or linear"),
        };
        windows.Add(field.Name, new DocumentBuilder { { name, path } });
    }

    private static StreamStage Stages(
        RawDocument windows,
        RawDocument values,
        RawDocument specification,
        StageContext context
    )
    {
        var stages = new List<Stage>();
        if (!windows.IsEmpty)
        {
            var window = new DocumentBuilder
            {
                { "partitionBy", Partition(specification) },
                { "sortBy", specification["sortBy"] },
                { "output", windows },
            };
            stages.Add(WindowStage.Parse(window, context));
        }

        if (!values.IsEmpty)
        {
            stages.Add(ReshapingStages.AddFields(values, context));
        }

        return new(input => stages.Aggregate(input, (documents, stage) => stage.Run(documents)));
    }

    private static RawValue Partition(RawDocument specification)
    {
        var (by, fields) = (specification["partitionBy"], specification["partitionByFields"]);
        if (!by.IsMissing && !fields.IsMissing)
        {
            throw new CommandException(
                6050204,
                "Maximum one of 'partitionBy' and 'partitionByFields can be specified in '$fill'"
            );
        }

        if (fields.Type != BsonType.Array)
        {
            return by;
        }

        var key = new DocumentBuilder();
        foreach (var field in fields.AsDocument.Values())
        {
            key.Add(field.AsString.Replace('.', '_'), "$" + field.AsString);
        }

        return key;
    }
}

using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$merge</c>: each result changes, or becomes, a document of another collection, by an update of its own.</summary>
internal sealed class MergeStage : WriteStage
{
    private const int BatchCountMax = 100_000;
    private const int BatchBytesMax = 16 * 1024 * 1024;
    private readonly MergeSpecification specification;
    private readonly StageContext context;
    private readonly IReadOnlyList<string> fields;
    private readonly List<(string Name, Func<RawDocument, RawValue> Value)> variables = [];
    private readonly Writer writer;

    private MergeStage(MergeSpecification specification, StageContext context)
    {
        this.specification = specification;
        this.context = context;
        fields = specification.On.Count > 0 ? specification.On : ["_id"];
        writer = new(context.Command);
        foreach (var variable in specification.Let ?? new DocumentBuilder { { "new", "$$ROOT" } }.Build())
        {
            variables.Add((variable.Name, context.Expression(variable.Value)));
        }
    }

    internal static Stage Parse(RawValue value, StageContext context)
    {
        var specification = MergeSpecification.Parse(value, context);
        var stage = new MergeStage(specification, context);
        stage.CheckUnique();
        return stage;
    }

    /// <inheritdoc/>
    internal override async Task WriteAsync(IEnumerable<RawDocument> input, CancellationToken cancellationToken)
    {
        // Of a document that cannot be merged, MongoDB knows before it writes any of the same batch (recording random_7, step 41).
        foreach (var batch in WriteGroups.Of(input, BatchCountMax, BatchBytesMax))
        {
            var given = batch.Select(WithId).Select(document => (Document: document, Key: Key(document))).ToList();
            foreach (var (document, key) in given)
            {
                if (specification.Mode == "fail")
                {
                    await InsertAsync(document, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await UpdateAsync(document, key, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>The fields must be those of a unique index, so that never two documents match.</summary>
    private void CheckUnique()
    {
        if (fields is ["_id"])
        {
            return;
        }

        var indexes = writer.Find(specification.Into)?.Indexes ?? [];
        var isUnique = indexes.Any(index =>
            index.IsUnique
            && index.IsReady
            && !index.Spec.Has("partialFilterExpression")
            && index.Key.Select(part => part.Name).ToHashSet(StringComparer.Ordinal).SetEquals(fields)
        );
        if (!isUnique)
        {
            throw new CommandException(51183, "Cannot find index to verify that join fields will be unique");
        }
    }

    private RawDocument WithId(RawDocument document) =>
        document.Has("_id") || !fields.Contains("_id")
            ? document
            : new DocumentBuilder(document.Length + 32)
                .AddAll(document)
                .Add("_id", DocumentRules.NewId(context.Command.Node))
                .Build();

    private async Task InsertAsync(RawDocument document, CancellationToken cancellationToken)
    {
        try
        {
            await writer
                .RunAsync(
                    operation =>
                    {
                        var stored = DocumentRules.ForInsert(document, operation.Node, keepsEmptyTimestamps: false);
                        var collection = writer.Ensure(operation, specification.Into);
                        writer.Validate(collection, stored, null);
                        operation.Insert(collection, stored);
                        operation.Commit();
                        return true;
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (CommandException refusal) when (refusal.Code == ErrorCode.DuplicateKey)
        {
            throw refusal.With(
                "$merge with whenMatched: fail found an existing document with the same values for the 'on' fields"
            );
        }
    }

    private async Task UpdateAsync(RawDocument document, RawDocument key, CancellationToken cancellationToken)
    {
        var statement = new UpdateStatement(key, Change(document))
        {
            IsUpsert = specification.WhenNotMatched == "insert",
            Constants = specification.HasPipeline ? Constants(document) : null,
            Supplied = specification.HasPipeline ? document : null,
        };
        var query = statement.Query(context.Command, writer.Find(specification.Into));
        var program = statement.Program(context.Command, query);
        var updater = new Updater(context.Command, writer, specification.Into);
        var result = await writer
            .RunAsync(
                operation => updater.UpdateFirst(operation, statement, query, program, 0, null),
                cancellationToken
            )
            .ConfigureAwait(false);
        if (specification.WhenNotMatched == "fail" && result.Matched == 0)
        {
            throw new CommandException(
                ErrorCode.MergeStageNoMatchingDocument,
                "$merge could not find a matching document in the target collection for at least one document in the source collection"
            );
        }
    }

    private RawValue Change(RawDocument document) =>
        specification.Mode switch
        {
            "merge" => new DocumentBuilder { { "$set", document } },
            "keepExisting" => new DocumentBuilder { { "$setOnInsert", document } },
            "replace" => document,
            _ => specification.WhenMatched,
        };

    /// <summary>The command's own variables, but for those that the stage gives another value.</summary>
    internal static DocumentBuilder OuterVariables(CommandContext command, IEnumerable<string> inner)
    {
        var outer = new DocumentBuilder();
        var hidden = inner.ToHashSet(StringComparer.Ordinal);
        foreach (var variable in command.Arguments.Document("let") ?? RawDocument.Empty)
        {
            if (!hidden.Contains(variable.Name))
            {
                outer.Add(variable);
            }
        }

        return outer;
    }

    private RawDocument Constants(RawDocument document)
    {
        var builder = OuterVariables(context.Command, variables.Select(variable => variable.Name));
        foreach (var (name, value) in variables)
        {
            builder.Add(name, new DocumentBuilder { { "$literal", value(document) } });
        }

        return builder.Build();
    }

    private RawDocument Key(RawDocument document)
    {
        var key = new DocumentBuilder();
        foreach (var field in fields)
        {
            var value = NestedFields.Get(document, Expressions.FieldNames.SplitPath(field));
            if (value.Type == BsonType.Array)
            {
                throw new CommandException(51185, $"$merge write error: 'on' field '{field}' is an array");
            }

            if (value.IsNullish)
            {
                throw new CommandException(
                    51132,
                    $"$merge write error: 'on' field '{field}' cannot be missing, null, undefined or an array"
                );
            }

            key.Add(
                field,
                value.Type is BsonType.RegularExpression or BsonType.Document
                    ? new DocumentBuilder { { "$eq", value } }
                    : value
            );
        }

        return key.Build();
    }
}

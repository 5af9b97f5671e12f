using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>
/// <c>$out</c>: the results become a collection, in place of the one of that name. They are gathered under a temporary name with
/// the options and indexes of that one, then renamed, so that followers see a rename and no changes (S1a).
/// </summary>
internal sealed class OutStage(Namespace target, StageContext context) : WriteStage
{
    private readonly Writer writer = new(context.Command);

    internal static Stage Parse(RawValue value, StageContext context)
    {
        var target = value.Type switch
        {
            BsonType.String => new Namespace(context.Namespace.Database, value.AsString),
            BsonType.Document => ParseObject(value.AsDocument),
            _ => throw new CommandException(
                16990,
                $"$out only supports a string or object argument, but found {BsonTypeNames.NameOf(value.Type)}"
            ),
        };
        if (
            target.Collection.Length == 0
            || target.Collection.StartsWith('.')
            || target.Collection.Contains('$', StringComparison.Ordinal)
        )
        {
            throw new CommandException(ErrorCode.InvalidNamespace, $"Invalid $out target namespace, {target}");
        }

        if (target.Collection.StartsWith("system.", StringComparison.Ordinal))
        {
            throw new CommandException(17385, $"Can't $out to special collection: {target.Collection}");
        }

        return target.Database is "admin" or "config" or "local"
            ? throw new CommandException(31321, $"Can't $out to internal database: {target.Database}")
            : new OutStage(target, context);
    }

    /// <inheritdoc/>
    internal override async Task WriteAsync(IEnumerable<RawDocument> input, CancellationToken cancellationToken)
    {
        var replaced = writer.Find(target);
        CheckReplaced(replaced);
        var temporary = new Namespace(target.Database, $"tmp.agg_out.{Guid.NewGuid()}");
        var made = await writer
            .RunAsync(operation => Create(operation, replaced, temporary), cancellationToken)
            .ConfigureAwait(false);
        var isDone = false;
        try
        {
            foreach (var group in WriteGroups.Of(input))
            {
                _ = await writer
                    .RunAsync(operation => Insert(operation, made, group), cancellationToken)
                    .ConfigureAwait(false);
            }

            isDone = await writer
                .RunAsync(operation => Rename(operation, replaced, made), cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            if (!isDone)
            {
                _ = await writer
                    .RunAsync(operation => Drop(operation, made), CancellationToken.None)
                    .ConfigureAwait(false);
            }
        }
    }

    private static Namespace ParseObject(RawDocument specification)
    {
        foreach (var element in specification)
        {
            if (element.Name is not ("db" or "coll"))
            {
                throw CommandErrors.UnknownField("$out", element.Name);
            }
        }

        var arguments = new CommandArguments(specification, "$out");
        return new(arguments.RequiredString("db"), arguments.RequiredString("coll"));
    }

    private void CheckReplaced(CollectionInfo? replaced)
    {
        if (replaced is { IsView: true })
        {
            throw new CommandException(
                ErrorCode.CommandNotSupportedOnView,
                $"Namespace {target} is a view, not a collection"
            );
        }

        if (replaced is { IsCapped: true })
        {
            throw new CommandException(17152, $"namespace '{target}' is capped so it can't be used for $out");
        }
    }

    private static CollectionInfo Create(WriteOperation operation, CollectionInfo? replaced, Namespace temporary)
    {
        var options = OptionOrder.Set(replaced?.Options ?? RawDocument.Empty, "temp", true);
        if (replaced is not null)
        {
            return CollectionCopy.Create(operation.Node, replaced, temporary, options, withIndexes: true);
        }

        var made = CatalogWriter.Create(operation, temporary, options);
        operation.Commit();
        return made;
    }

    private bool Insert(WriteOperation operation, CollectionInfo collection, IReadOnlyList<RawDocument> documents)
    {
        foreach (var document in documents)
        {
            var stored = DocumentRules.ForInsert(document, operation.Node, keepsEmptyTimestamps: false);
            writer.Validate(collection, stored, null);
            operation.Insert(collection, stored);
        }

        operation.Commit();
        return true;
    }

    /// <summary>The last step, unless the collection to replace is no longer as it was.</summary>
    private bool Rename(WriteOperation operation, CollectionInfo? replaced, CollectionInfo made)
    {
        var now = operation.Find(target);
        if (now?.Options != replaced?.Options)
        {
            throw new CommandException(
                ErrorCode.CommandFailed,
                $"collection options of target collection {target} changed during processing."
            );
        }

        if (
            !(now?.Indexes ?? [])
                .Select(index => index.Spec)
                .SequenceEqual((replaced?.Indexes ?? []).Select(index => index.Spec))
        )
        {
            throw new CommandException(
                ErrorCode.CommandFailed,
                $"indexes of target collection {target} changed during processing."
            );
        }

        if (now is not null)
        {
            operation.WaitForTransactionsOn(now);
        }

        CatalogWriter.Rename(operation, operation.Find(made.Namespace)!, target, stayTemp: false);
        operation.Commit();
        return true;
    }

    private static bool Drop(WriteOperation operation, CollectionInfo made)
    {
        if (operation.Find(made.Namespace) is { } collection)
        {
            CatalogWriter.Drop(operation, collection);
            operation.Commit();
        }

        return true;
    }
}

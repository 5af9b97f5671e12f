using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.TimeSeries;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>create</c>: makes a collection or a view.</summary>
internal sealed class CreateCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("create")
        {
            Fields = CommandTraits.FieldSet(
                "capped",
                "autoIndexId",
                "idIndex",
                "size",
                "max",
                "storageEngine",
                "validator",
                "validationLevel",
                "validationAction",
                "indexOptionDefaults",
                "viewOn",
                "pipeline",
                "collation",
                "changeStreamPreAndPostImages",
                "timeseries",
                "clusteredIndex",
                "expireAfterSeconds",
                "encryptedFields",
                "temp",
                "flags",
                "recordIdsReplicated"
            ),
            RunsInTransaction = true,
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            Help = "explicitly creates a collection or view",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ns = context.Collection();
        NamespaceRules.CheckSystemName(ns);
        EncryptedFields.Check(context);
        var arguments = context.Arguments;
        if (arguments.Document("timeseries") is { } timeseries)
        {
            return await CreateSeriesAsync(
                    context,
                    ns,
                    BucketOptions.Parse(timeseries, context.Member.Profile.Version),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        if (TimeSeriesCollection.IsBuckets(ns))
        {
            throw TimeSeriesCollection.WithoutOptions();
        }

        var isView = arguments.Has("viewOn");
        var options = isView ? CollectionOptions.ParseView(arguments) : CollectionOptions.Parse(arguments);
        DocumentValidation.CheckParses(context, ns, options);
        NamespaceRules.CheckLength(ns);
        if (isView)
        {
            ViewRules.Check(context, ns, options);
        }

        return await new Writer(context)
            .RunAsync(operation => Create(operation, ns, options, isView, arguments), cancellationToken)
            .ConfigureAwait(false);
    }

    private static async ValueTask<RawDocument> CreateSeriesAsync(
        CommandContext context,
        Namespace ns,
        BucketOptions options,
        CancellationToken cancellationToken
    )
    {
        var others = CollectionOptions.ParseOfSeries(context.Arguments);
        return await new Writer(context)
            .RunAsync(
                operation =>
                {
                    if (operation.IsInTransaction)
                    {
                        throw new CommandException(
                            ErrorCode.OperationNotSupportedInTransaction,
                            $"Cannot create a time-series collection in a multi-document transaction: {ns}"
                        );
                    }

                    operation.CheckNotBlocked(ns);
                    var existing = TimeSeriesCollection.Find(operation.View.Catalog, ns);
                    if (existing is null && operation.Find(ns) is null)
                    {
                        TimeSeriesCollection.Create(operation, ns, options, others);
                    }
                    else if (existing?.Options.Stored != options.Stored)
                    {
                        throw new CommandException(
                            ErrorCode.NamespaceExists,
                            $"A timeseries collection already exists. NS: {ns}"
                        );
                    }

                    return RawDocument.Empty;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private static RawDocument Create(
        WriteOperation operation,
        Namespace ns,
        RawDocument options,
        bool isView,
        CommandArguments arguments
    )
    {
        if (operation.Find(ns) is { } existing)
        {
            CheckSame(existing, options, isView);
            return RawDocument.Empty;
        }

        if (isView)
        {
            if (operation.IsInTransaction)
            {
                throw new CommandException(
                    ErrorCode.OperationNotSupportedInTransaction,
                    $"Cannot create a view in a multi-document transaction: {ns}"
                );
            }

            ViewCatalog.Create(operation, ns, options);
        }
        else
        {
            _ = CatalogWriter.Create(operation, ns, options, IdIndex(arguments, options));
        }

        operation.Commit();
        return RawDocument.Empty;
    }

    private static RawDocument? IdIndex(CommandArguments arguments, RawDocument options) =>
        arguments.Document("idIndex") is { } given ? IndexSpecs.Stored(given, options["collation"]) : null;

    private static void CheckSame(CollectionInfo existing, RawDocument options, bool isView)
    {
        if (existing.IsView != isView)
        {
            throw new CommandException(
                ErrorCode.NamespaceExists,
                isView
                    ? $"namespace {existing.Namespace} already exists, but is a collection rather than a view"
                    : $"namespace {existing.Namespace} already exists, but is a view on {existing.Namespace.Database}.{existing.Options["viewOn"].AsString} rather than a collection"
            );
        }

        if (existing.Options != options)
        {
            var shown = new DocumentBuilder { { "uuid", RawValue.Uuid(existing.Uuid) } }
                .AddAll(existing.Options)
                .Build();
            throw new CommandException(
                ErrorCode.NamespaceExists,
                $"namespace {existing.Namespace} already exists, but with different options: {shown}"
            );
        }
    }
}

using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>findAndModify</c>: changes or removes one document and gives it back.</summary>
internal sealed class FindAndModifyCommand : ICommand
{
    private const string Owner = "findAndModify";

    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("findAndModify")
        {
            Aliases = ["findandmodify"],
            FieldOwner = Owner,
            Fields = CommandTraits.FieldSet(
                "query",
                "fields",
                "sort",
                "hint",
                "collation",
                "arrayFilters",
                "remove",
                "update",
                "upsert",
                "new",
                "bypassDocumentValidation",
                "bypassEmptyTsReplacement",
                "let",
                "stmtId",
                "encryptionInformation"
            ),
            IsRetryableWrite = true,
            RunsInTransaction = true,
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            NamesCollection = true,
            Help = "find and modify one document",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ns = context.Collection();
        Check(context.Arguments);
        var writer = new Writer(context);
        writer.CheckIdentity(ns);
        return await new FindAndModify(context, writer, ns).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    private static void Check(CommandArguments arguments)
    {
        var removes = arguments["remove"].IsTruthy();
        if (removes && arguments.Has("update"))
        {
            throw Failed("Cannot specify both an update and remove=true");
        }

        if (!removes && !arguments.Has("update"))
        {
            throw Failed("Either an update or remove=true must be specified");
        }

        if (removes && arguments["upsert"].IsTruthy())
        {
            throw Failed("Cannot specify both upsert=true and remove=true ");
        }

        if (removes && arguments["new"].IsTruthy())
        {
            throw Failed("Cannot specify both new=true and remove=true; 'remove' always returns the deleted document");
        }

        if (removes && arguments.Has("arrayFilters"))
        {
            throw Failed("Cannot specify arrayFilters and remove=true");
        }
    }

    private static CommandException Failed(string message) => new(ErrorCode.FailedToParse, message);
}

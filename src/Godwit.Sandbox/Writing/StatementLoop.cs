using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Writing;

/// <summary>Runs the statements of an update or delete in order, noting those that fail.</summary>
internal static class StatementLoop
{
    /// <summary>Stops at the first failure where the command is ordered or part of a transaction.</summary>
    internal static async ValueTask RunAsync<T>(
        CommandContext context,
        Writer writer,
        IReadOnlyList<T> statements,
        WriteReply reply,
        Func<T, int, ValueTask> run
    )
    {
        var isOrdered = context.Arguments.Boolean("ordered") ?? true;
        for (var index = 0; index < statements.Count; index++)
        {
            try
            {
                await run(statements[index], index).ConfigureAwait(false);
            }
            catch (CommandException error) when (writer.IsStatementError(error))
            {
                reply.AddError(index, error);
                if (isOrdered || writer.IsInTransaction)
                {
                    return;
                }
            }
        }
    }
}

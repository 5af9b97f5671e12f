using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>
/// <c>shutdown</c>: a primary hands over first, then the member ends without an answer (shutdown_d.cpp). It starts again like one that
/// was killed by a fault, once that is turned off.
/// </summary>
internal sealed class ShutdownCommand : ICommand
{
    private const long PatienceSecs = 15;
    private static readonly TimeSpan NoElection = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("shutdown")
        {
            Fields = CommandTraits.FieldSet("force", "timeoutSecs"),
            IsAdminOnly = true,
            OnSecondary = SecondaryUse.Always,
            Help = "Shuts down the database",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var member = context.Member;
        if (member.Options.Faults is not { } faults)
        {
            throw new CommandException(ErrorCode.NotImplemented, "this member is no process that could end");
        }

        var isForced = context.Arguments.Boolean("force") ?? false;
        var building = member.Node.Catalog.Latest.Collections.Count(collection =>
            collection.Indexes.Any(index => !index.IsReady)
        );
        if (building > 0 && !isForced)
        {
            throw new CommandException(
                ErrorCode.ConflictingOperationInProgress,
                $"Index builds in progress while processing shutdown command without {{force: true}}: {building}"
            );
        }

        if (member.Replica is { IsPrimary: true, CurrentConfig.Members.Count: > 1 } primary)
        {
            var patience = TimeSpan.FromSeconds(context.Arguments.Number("timeoutSecs") ?? PatienceSecs);
            try
            {
                await StepDownCommand
                    .GiveUpAsync(primary, patience, NoElection, isForced: false, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (CommandException refused) when (isForced || refused.Code == ErrorCode.NotWritablePrimary)
            {
                // It ends all the same.
            }
        }

        context.LosesReply = true;
        _ = faults.Set("sandboxKill", isOn: true, RawDocument.Empty, member.Options.Index);
        return RawDocument.Empty;
    }
}

using Godwit.Bson;

namespace Godwit.Sandbox.Commands;

/// <summary>
/// One command of the server. The dispatcher has checked the generic arguments, the fields, the member's role, the user's rights
/// and the session before it calls; it appends <c>ok: 1</c>, waits for the write concern and adds the cluster times.
/// </summary>
internal interface ICommand
{
    /// <summary>What the dispatcher must know before it runs the command.</summary>
    CommandTraits Traits { get; }

    /// <summary>Runs the command and gives the reply without <c>ok</c>. A refusal is a <see cref="Errors.CommandException"/>.</summary>
    ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken);
}

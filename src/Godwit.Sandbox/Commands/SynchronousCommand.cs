using Godwit.Bson;

namespace Godwit.Sandbox.Commands;

/// <summary>A command that never waits: most of them, since storage is synchronous.</summary>
internal abstract class SynchronousCommand : ICommand
{
    /// <inheritdoc/>
    public abstract CommandTraits Traits { get; }

    /// <inheritdoc/>
    public ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Execute(context));

    /// <summary>Runs the command and gives the reply without <c>ok</c>.</summary>
    protected abstract RawDocument Execute(CommandContext context);
}

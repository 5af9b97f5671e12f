using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Auth;

/// <summary>The users of a member's data, and what each may do.</summary>
internal sealed class UserDirectory(Member member)
{
    /// <summary>Refuses a command its client may not run.</summary>
    internal void Authorize(CommandContext context, ICommand command)
    {
        if (!member.Options.IsAuthRequired || !command.Traits.RequiresAuthentication || context.Client.User is not null)
        {
            return;
        }

        throw new CommandException(ErrorCode.Unauthorized, $"Command {context.Request.Name} requires authentication");
    }

    /// <summary>Adds to a hello reply what it asks about logging in.</summary>
    internal ValueTask AppendHelloAsync(
        DocumentBuilder reply,
        CommandContext context,
        CancellationToken cancellationToken
    ) => ValueTask.CompletedTask;

    /// <summary>Makes the first user.</summary>
    internal Task CreateFirstAsync(SandboxCredential credential, CancellationToken cancellationToken) =>
        Task.CompletedTask;
}

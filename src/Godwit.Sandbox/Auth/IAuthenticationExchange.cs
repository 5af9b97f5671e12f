namespace Godwit.Sandbox.Auth;

/// <summary>A login in progress: takes the client's messages one by one.</summary>
internal interface IAuthenticationExchange
{
    /// <summary>The user that is logged in once <see cref="IsDone"/>.</summary>
    AuthenticatedUser User { get; }

    /// <summary>Whether the client has shown who it is.</summary>
    bool IsProven { get; }

    /// <summary>Whether nothing more is to be said.</summary>
    bool IsDone { get; }

    /// <summary>Takes the client's next message and gives the answer.</summary>
    /// <exception cref="Errors.CommandException">The client is not who it says, or makes no sense.</exception>
    ReadOnlyMemory<byte> Continue(ReadOnlyMemory<byte> payload);
}

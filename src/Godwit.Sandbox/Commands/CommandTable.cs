using System.Collections.Frozen;

namespace Godwit.Sandbox.Commands;

/// <summary>Every command the server knows: one line each, in alphabetical order.</summary>
internal static class CommandTable
{
    private static readonly ICommand[] Commands =
    [
        .. Auth.UserCommands.All,
        .. DataCommands.All,
        .. DiagnosticCommands.All,
        .. ReplicaSetCommands.All,
        .. SessionCommands.All,
        Sharding.Commands.CleanupOrphanedCommand.Command,
        new BuildInfoCommand(),
        new ConfigureFailPointCommand(),
        new GetMoreCommand(),
        new HelloCommand(),
        new KillCursorsCommand(),
        new PingCommand(),
        new SetUserWriteBlockModeCommand(),
        new ShutdownCommand(),
        new WaitForFailPointCommand(),
    ];

    private static readonly FrozenDictionary<string, ICommand> ByName = Commands
        .SelectMany(command => command.Traits.Aliases.Append(command.Traits.Name).Select(name => (name, command)))
        .ToFrozenDictionary(pair => pair.name, pair => pair.command, StringComparer.Ordinal);

    /// <summary>All commands in order of their names.</summary>
    internal static IReadOnlyList<ICommand> All => Commands;

    /// <summary>The command of that name or alias.</summary>
    internal static ICommand? Find(string name) => ByName.GetValueOrDefault(name);
}

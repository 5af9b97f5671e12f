namespace Godwit.Sandbox.Commands;

/// <summary>The commands that read and write data and the catalog.</summary>
internal static class DataCommands
{
    /// <summary>One of each, in alphabetical order.</summary>
    internal static IReadOnlyList<ICommand> All { get; } =
    [new CreateCommand(), new FindCommand(), new InsertCommand()];
}

namespace Godwit.Sandbox.Commands;

/// <summary>The commands that read and write data and the catalog.</summary>
internal static class DataCommands
{
    /// <summary>One of each, in alphabetical order.</summary>
    internal static IReadOnlyList<ICommand> All { get; } =
    [
        new AbortTransactionCommand(),
        new AggregateCommand(),
        new AppendOplogNoteCommand(),
        new BulkWriteCommand(),
        new CloneCollectionAsCappedCommand(),
        new CollModCommand(),
        new CommitTransactionCommand(),
        new ConvertToCappedCommand(),
        new CountCommand(),
        new CreateCommand(),
        new CreateIndexesCommand(),
        new DeleteCommand(),
        new DistinctCommand(),
        new DropCommand(),
        new DropDatabaseCommand(),
        new DropIndexesCommand(),
        new ExplainCommand(),
        new FindAndModifyCommand(),
        new FindCommand(),
        new InsertCommand(),
        new ListCollectionsCommand(),
        new ListDatabasesCommand(),
        new ListIndexesCommand(),
        new RenameCollectionCommand(),
        new UpdateCommand(),
    ];
}

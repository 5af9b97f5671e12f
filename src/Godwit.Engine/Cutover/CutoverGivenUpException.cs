namespace Godwit.Engine.Cutover;

/// <summary>A cutover was given up before its decision: the source is as it was before, the migration can go on.</summary>
internal sealed class CutoverGivenUpException(string code, string message, string remedy, Exception? cause = null)
    : MigrationFailedException(code, message, remedy, cause);

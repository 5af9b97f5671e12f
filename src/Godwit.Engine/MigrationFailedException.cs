namespace Godwit.Engine;

/// <summary>The migration cannot go on without a person: what is wrong, under a stable code, and what to do.</summary>
internal class MigrationFailedException(string code, string message, string remedy, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>Stable name, such as <c>SourceHistoryChanged</c>.</summary>
    internal string Code { get; } = code;

    /// <summary>What a person can do about it.</summary>
    internal string Remedy { get; } = remedy;
}

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary>Holds the source path of a <c>$rename</c>, so that no other operator can use it; does nothing itself.</summary>
internal sealed class ConflictPlaceholder : UpdateNode
{
    internal static readonly ConflictPlaceholder Instance = new();

    internal override bool Apply(UpdateRun run, UpdateCursor cursor) => false;
}

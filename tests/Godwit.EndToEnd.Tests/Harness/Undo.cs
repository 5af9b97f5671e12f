namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>Runs an action when it is disposed.</summary>
internal sealed class Undo(Func<Task> action) : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await action();
}

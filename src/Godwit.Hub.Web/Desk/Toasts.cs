namespace Godwit.Hub.Web.Desk;

/// <summary>Short messages at the edge of the page; each goes by itself, errors later than the rest.</summary>
internal sealed class Toasts(TimeProvider time)
{
    private static readonly TimeSpan Shown = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan ErrorShown = TimeSpan.FromSeconds(20);
    private readonly List<Toast> all = [];

    internal IReadOnlyList<Toast> All => all;

    internal event Action? Changed;

    internal void Say(string text) => Add(new(text, IsError: false, time.GetUtcNow() + Shown));

    internal void Refuse(string text) => Add(new(text, IsError: true, time.GetUtcNow() + ErrorShown));

    internal void Remove(Toast toast)
    {
        _ = all.Remove(toast);
        Changed?.Invoke();
    }

    /// <summary>Takes away those whose time is over.</summary>
    internal bool Sweep() => all.RemoveAll(one => one.Until <= time.GetUtcNow()) > 0;

    private void Add(Toast toast)
    {
        all.Add(toast);
        Changed?.Invoke();
    }
}

/// <summary>One message.</summary>
internal sealed record Toast(string Text, bool IsError, DateTimeOffset Until);

using System.Text.Json;
using Microsoft.JSInterop;

namespace Godwit.Hub.Web.Desk;

/// <summary>What only the viewer's browser knows or can do.</summary>
internal sealed class Browser(IJSRuntime script)
{
    /// <summary>The viewer's zone; UTC until the browser has said it.</summary>
    internal TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;

    /// <summary>Says that the page can be used, and asks what has to be known of the viewer.</summary>
    internal async Task ReadyAsync()
    {
        var zone = await script.InvokeAsync<string>("godwit.zone");
        Zone = TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? found : TimeZoneInfo.Utc;
        await script.InvokeVoidAsync("godwit.ready");
    }

    internal ValueTask<string> ThemeAsync() => script.InvokeAsync<string>("godwit.theme");

    internal ValueTask SetThemeAsync(string theme) => script.InvokeVoidAsync("godwit.setTheme", theme);

    internal ValueTask<bool> CopyAsync(string text) => script.InvokeAsync<bool>("godwit.copy", text);

    internal ValueTask DownloadAsync(string name, string type, string text) =>
        script.InvokeVoidAsync("godwit.download", name, type, text);

    internal ValueTask PrintAsync() => script.InvokeVoidAsync("godwit.print");

    internal ValueTask FocusAsync(string id) => script.InvokeVoidAsync("godwit.focus", id);

    /// <summary>Keeps a draft in the browser, so that it survives the page and the session.</summary>
    internal ValueTask KeepAsync<T>(string key, T value) =>
        script.InvokeVoidAsync("godwit.keep", key, JsonSerializer.Serialize(value));

    internal async Task<T?> KeptAsync<T>(string key)
        where T : class
    {
        try
        {
            return await script.InvokeAsync<string?>("godwit.kept", key) is { } text
                ? JsonSerializer.Deserialize<T>(text)
                : null;
        }
        catch (JsonException)
        {
            // A draft of an older version.
            return null;
        }
    }

    internal ValueTask ForgetAsync(string key) => script.InvokeVoidAsync("godwit.forget", key);
}

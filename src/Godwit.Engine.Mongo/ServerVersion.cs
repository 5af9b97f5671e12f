namespace Godwit.Engine.Mongo;

/// <summary>Reads the version a server reports, such as 8.0.10 or 8.1.0-rc2.</summary>
internal static class ServerVersion
{
    internal static Version Parse(string text)
    {
        var end = text.AsSpan().IndexOfAnyExcept("0123456789.");
        return Version.TryParse(end < 0 ? text : text[..end], out var version) ? version : new(0, 0, 0);
    }
}

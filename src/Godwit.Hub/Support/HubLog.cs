using System.Collections.Concurrent;
using Godwit.Engine.Mongo.Connections;
using Microsoft.Extensions.Logging;

namespace Godwit.Hub.Support;

/// <summary>The last lines of the Hub's own log, for support bundles.</summary>
internal sealed class HubLog(TimeProvider time) : ILoggerProvider
{
    private const int LinesMax = 2000;
    private readonly ConcurrentQueue<string> lines = new();

    internal IReadOnlyList<string> Recent => [.. lines];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose() { }

    private void Write(LogLevel level, string category, string text)
    {
        // One line a message: whoever reads it must not be shown lines that somebody else has made up.
        var flat = SecretText.OfText(text).ReplaceLineEndings("\\n");
        lines.Enqueue($"{time.GetUtcNow():O} {level} {category} {flat}");
        while (lines.Count > LinesMax)
        {
            _ = lines.TryDequeue(out _);
        }
    }

    private sealed class Logger(HubLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => log.Write(logLevel, category, $"{formatter(state, exception)} {exception}".TrimEnd());
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Engine.Mongo.Connections;
using Microsoft.Extensions.Logging;

namespace Godwit.Sync.Logging;

/// <summary>One JSON object a line with the keys mongosync's have, to standard output or to a file in a folder.</summary>
internal sealed class JsonLog(TextWriter output, TimeProvider time) : ILoggerProvider
{
    private const string FileName = "mongosync.log";

    /// <summary>Longer texts are cut, so that a line stays one that tools can read.</summary>
    private const int CharactersMax = 4_096;

    private readonly Lock gate = new();

    /// <exception cref="IOException">The file cannot be written.</exception>
    internal static JsonLog Open(string? folder, TimeProvider time) =>
        folder is null
            ? new(Console.Out, time)
            : new(
                new StreamWriter(
                    new FileStream(
                        Path.Combine(Directory.CreateDirectory(folder).FullName, FileName),
                        FileMode.Append,
                        FileAccess.Write,
                        FileShare.ReadWrite
                    )
                ),
                time
            );

    public ILogger CreateLogger(string categoryName) =>
        new Category(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void Dispose()
    {
        lock (gate)
        {
            output.Flush();
            if (output is StreamWriter { BaseStream: FileStream })
            {
                output.Dispose();
            }
        }
    }

    private void Write(string component, LogLevel level, string message, object? state, Exception? exception)
    {
        var line = new JsonObject
        {
            ["time"] = time.GetUtcNow().ToString("O"),
            ["level"] = Name(level),
            ["mongosyncID"] = "coordinator",
            ["componentName"] = component,
            ["message"] = Shown(message),
        };
        foreach (var (key, value) in state as IReadOnlyList<KeyValuePair<string, object?>> ?? [])
        {
            if (key != "{OriginalFormat}")
            {
                line[JsonNamingPolicy.CamelCase.ConvertName(key)] = Shown(value?.ToString() ?? "");
            }
        }

        if (exception is not null)
        {
            line["error"] = Shown(exception.ToString());
        }

        lock (gate)
        {
            output.WriteLine(line.ToJsonString());
            output.Flush();
        }
    }

    private static string Shown(string text)
    {
        var clean = SecretText.OfText(text);
        return clean.Length <= CharactersMax ? clean : clean[..CharactersMax] + "…";
    }

    private static string Name(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "error",
            _ => "fatal",
        };

    private sealed class Category(JsonLog log, string component) : ILogger
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
        ) => log.Write(component, logLevel, formatter(state, exception), state, exception);
    }
}

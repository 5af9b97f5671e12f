using System.Globalization;
using Godwit.Bson;
using Godwit.Bson.ExtendedJson;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>The last lines of a member's log, in MongoDB's JSON form, for <c>getLog</c>.</summary>
internal sealed class ServerLog(TimeProvider time)
{
    private const int LinesMax = 1024;
    private readonly Queue<string> lines = new();
    private readonly Lock gate = new();

    /// <summary>How many lines there have been.</summary>
    internal long Written { get; private set; }

    /// <summary>The last ones.</summary>
    internal IReadOnlyList<string> Lines
    {
        get
        {
            lock (gate)
            {
                return [.. lines];
            }
        }
    }

    /// <summary>Writes a line.</summary>
    /// <param name="component">Which part of the server says it.</param>
    /// <param name="id">The number of the message in MongoDB.</param>
    /// <param name="place">The thread that says it: a connection's.</param>
    /// <param name="message">What it says.</param>
    /// <param name="attributes">With which figures.</param>
    internal void Write(string component, int id, string place, string message, RawDocument attributes)
    {
        var now = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffzzz", CultureInfo.InvariantCulture);
        var line = new DocumentBuilder
        {
            {
                "t",
                new DocumentBuilder { { "$date", now } }
            },
            { "s", "I" },
            { "c", component },
            { "id", id },
            { "ctx", place },
            { "msg", message },
            { "attr", attributes },
        };
        var text = ExtendedJsonWriter.Write(line.Build(), ExtendedJsonForm.Relaxed);
        lock (gate)
        {
            Written++;
            lines.Enqueue(text);
            if (lines.Count > LinesMax)
            {
                _ = lines.Dequeue();
            }
        }
    }
}

using System.Globalization;
using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>The running commands as <c>currentOp</c> and <c>$currentOp</c> show them.</summary>
internal static class CurrentOperations
{
    /// <summary>All of them, as an array.</summary>
    internal static RawValue ToArray(CommandContext context) =>
        RawValue.Array(context.Member.Operations.Running.Select(operation => RawValue.Document(Describe(operation))));

    /// <summary>One of them.</summary>
    internal static RawDocument Describe(RunningOperation operation)
    {
        var context = operation.Context;
        var now = context.Member.Time.GetUtcNow();
        var elapsed = now - operation.StartedAt;
        var entry = new DocumentBuilder
        {
            { "type", "op" },
            { "host", context.Member.Host },
            { "desc", $"conn{context.Client.Id}" },
            { "connectionId", context.Client.Id },
            { "client", context.Client.Remote.ToString() ?? "" },
        };
        if (context.Client.ApplicationName is { Length: > 0 } name)
        {
            entry.Add("appName", name);
        }

        if (context.Client.Metadata is { } metadata)
        {
            entry.Add("clientMetadata", metadata);
        }

        entry
            .Add("active", true)
            .Add("currentOpTime", now.ToString("yyyy-MM-ddTHH:mm:ss.fffzzz", CultureInfo.InvariantCulture))
            .Add("isFromUserConnection", true)
            .Add("threaded", true)
            .Add("opid", operation.Id);
        if (context.Session.SessionId is { } session)
        {
            entry.Add("lsid", session.ToDocument());
        }

        var first = context.Body.First().Value;
        var ns = first.Type == BsonType.String ? $"{context.Database}.{first.AsString}" : $"{context.Database}.$cmd";
        return entry
            .Add("secs_running", (long)elapsed.TotalSeconds)
            .Add("microsecs_running", (long)elapsed.TotalMicroseconds)
            .Add("op", KindOf(context.Traits.Name))
            .Add("ns", ns)
            .Add("command", context.Body)
            .Add("numYields", 0)
            .Add("locks", RawDocument.Empty)
            .Add("waitingForLock", false)
            .Add("lockStats", RawDocument.Empty)
            .Add("waitingForFlowControl", false)
            .Add("flowControlStats", RawDocument.Empty)
            .Build();
    }

    private static string KindOf(string command) => command == "delete" ? "remove" : TrafficCounters.KindOf(command);
}

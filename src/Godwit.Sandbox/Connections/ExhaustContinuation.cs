using Godwit.Bson;

namespace Godwit.Sandbox.Connections;

/// <summary>What a client that takes several replies is served next without asking: the next hello, or the next batch.</summary>
internal static class ExhaustContinuation
{
    /// <summary>The request to run after this reply; <see langword="null"/> where the reply is the last.</summary>
    internal static RawDocument? After(RawDocument request, RawDocument reply)
    {
        if (reply["ok"].ToInt64() != 1)
        {
            return null;
        }

        var first = request.First();
        if (first.NameIs("getMore"))
        {
            return reply["cursor"] is { Type: BsonType.Document } cursor && cursor.AsDocument["id"].ToInt64() != 0
                ? request
                : null;
        }

        var isHello = first.NameIs("hello") || first.NameIs("isMaster") || first.NameIs("ismaster");
        return isHello && request.Has("maxAwaitTimeMS") && reply.TryGet("topologyVersion", out var version)
            ? With(request, version)
            : null;
    }

    private static RawDocument With(RawDocument request, RawValue version)
    {
        var builder = new DocumentBuilder(request.Length);
        foreach (var element in request)
        {
            if (element.NameIs("topologyVersion"))
            {
                builder.Add("topologyVersion", version);
            }
            else
            {
                builder.Add(element);
            }
        }

        return builder.Build();
    }
}

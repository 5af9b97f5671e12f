using Godwit.Bson;

namespace Godwit.Sandbox.Commands;

/// <summary>Replies of <c>count</c> and <c>distinct</c> on views: they come from an aggregation inside the server, and their <c>ok</c> is a whole number.</summary>
internal static class ViewReply
{
    internal static RawDocument End(DocumentBuilder reply) => reply.Add("ok", 1).Build();
}

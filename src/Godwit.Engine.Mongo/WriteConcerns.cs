using Godwit.Bson;

namespace Godwit.Engine.Mongo;

/// <summary>The only write concern the engine uses (S14).</summary>
internal static class WriteConcerns
{
    internal static readonly RawDocument Majority = new DocumentBuilder { { "w", "majority" } }.Build();
}

using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>What a <see cref="ShardTask"/> is given.</summary>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Documents">Documents that it works on.</param>
internal readonly record struct TaskInput(RawDocument Arguments, IReadOnlyList<RawDocument> Documents)
{
    /// <summary>The argument <c>ns</c>.</summary>
    internal Namespace Namespace => Namespace.Parse(Arguments["ns"].AsString);

    /// <summary>The argument <c>uuid</c>.</summary>
    internal Guid Uuid => Arguments["uuid"].AsUuid;

    /// <summary>An argument.</summary>
    internal RawValue this[string name] => Arguments[name];
}

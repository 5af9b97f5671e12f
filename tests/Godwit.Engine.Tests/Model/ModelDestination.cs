using Godwit.Engine.Planning;

namespace Godwit.Engine.Tests.Model;

/// <summary>A destination whose primary may change: what a majority has not acknowledged is rolled back (S14).</summary>
internal sealed class ModelDestination(ModelState begin)
{
    private ModelState committed = begin;
    private long written;
    private long durable;

    internal ModelState State { get; private set; } = begin;

    internal List<CollectionMapping> Mappings { get; private set; } = [];

    /// <summary>Executes a write at once; it is safe when <see cref="IsDurable"/> says so.</summary>
    internal long Write(Func<ModelState, ModelState> change)
    {
        State = change(State);
        return ++written;
    }

    internal bool IsDurable(long write) => write <= durable;

    internal void Commit() => (committed, durable) = (State, written);

    /// <summary>Writes no majority had are gone; whoever sent them has no answer and sends them again.</summary>
    internal void FailOver() => State = committed;

    /// <summary>A metadata change: waited for with majority, as everything that defines a collection is.</summary>
    internal void Define(Func<ModelState, ModelState> change)
    {
        State = change(State);
        Commit();
    }

    internal void SaveMappings(IEnumerable<CollectionMapping> rows) => Mappings = [.. rows];

    internal static ModelState Put(ModelState state, Guid collection, int key, string? document) =>
        state.Put(collection, key, document);
}

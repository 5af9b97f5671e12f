using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>
/// The concerns of clients that give none, as <c>setDefaultRWConcern</c> set them: a document in <c>config.settings</c>, replicated,
/// and read whenever it is asked for, so that every member goes by it at once.
/// </summary>
internal sealed class ConcernDefaults(Member member)
{
    /// <summary>Where the document is.</summary>
    internal static readonly Namespace Settings = new("config", "settings");

    /// <summary>Its <c>_id</c>.</summary>
    internal const string Id = "ReadWriteConcernDefaults";

    private static readonly WriteConcern One = new(1, null, null, TimeSpan.Zero, "implicitDefault");

    private Parsed known = new(null, null, null);

    /// <summary>The document; <see langword="null"/> where nobody set anything.</summary>
    internal RawDocument? Document => member.Node.Find(Settings, Id);

    /// <summary>The write concern.</summary>
    internal WriteConcern Write => Current().Write ?? Implicit;

    /// <summary>The read concern; <see langword="null"/> where nobody set one.</summary>
    internal ReadConcern? Read => Current().Read;

    // With an arbiter, a majority could be asked for that one failure makes impossible.
    private WriteConcern Implicit =>
        member.Replica?.CurrentConfig is { DefaultsToMajority: false } ? One : WriteConcern.ImplicitDefault;

    private Parsed Current()
    {
        var (document, last) = (Document, Volatile.Read(ref known));
        if (document == last.Document)
        {
            return last;
        }

        var write = document?["defaultWriteConcern"] is { Type: BsonType.Document } writeConcern
            ? WriteConcern.Parse(writeConcern.AsDocument) with
            {
                Provenance = "customDefault",
            }
            : null;
        var read = document?["defaultReadConcern"] is { Type: BsonType.Document } readConcern
            ? ReadConcern.Parse(readConcern.AsDocument)
            : null;
        var parsed = new Parsed(document, write, read);
        Volatile.Write(ref known, parsed);
        return parsed;
    }

    private sealed record Parsed(RawDocument? Document, WriteConcern? Write, ReadConcern? Read);
}

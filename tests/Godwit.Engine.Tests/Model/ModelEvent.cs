using Godwit.Bson;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Tests.Model;

/// <summary>One event of the model's stream: a data change with the document it was made on, or a change of definitions.
/// Kinds: 'p' put, 'd' delete, 's' set a field, 'u' unset a field, 'D' definitions.</summary>
internal sealed record ModelEvent(
    ClusterTime Time,
    char Kind,
    Guid Collection,
    string Name,
    int Key,
    string Argument,
    string? Before,
    bool IsPrepared
)
{
    internal KeyHash Hash => KeyHash.Of(Collection, [(byte)Key]);

    /// <summary>Whether it puts a document at the end of the natural order, or takes it out.</summary>
    internal bool Places => Kind == 'd' || Before is null;

    internal string? ApplyTo(string? document) =>
        Kind switch
        {
            'p' => Argument,
            'd' => null,
            's' => Set(document ?? "", Argument),
            'u' => Remove(document ?? "", Argument[0]),
            _ => throw new InvalidOperationException($"no data event: {Kind}"),
        };

    private static string Set(string document, string field)
    {
        var at = Find(document, field[0]);
        return at < 0 ? document + field : document[..at] + field + document[(at + 2)..];
    }

    private static string Remove(string document, char name)
    {
        var at = Find(document, name);
        return at < 0 ? document : document[..at] + document[(at + 2)..];
    }

    private static int Find(string document, char name)
    {
        for (var i = 0; i < document.Length; i += 2)
        {
            if (document[i] == name)
            {
                return i;
            }
        }

        return -1;
    }
}

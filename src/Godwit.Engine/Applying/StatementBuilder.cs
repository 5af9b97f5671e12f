using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Applying;

/// <summary>
/// Turns the items of a lane into as few commands as order allows: operations on different documents commute, so an item joins the
/// newest command of its kind unless its own key has a later one.
/// </summary>
internal sealed class StatementBuilder(IDeltaTranslator translator)
{
    /// <summary>A replacement beyond this could pass the command's limit together with its <c>_id</c> (S15).</summary>
    internal const int ReplacementBytesMax = 15 * 1024 * 1024;

    private const int StatementsMax = 10_000;
    private const long GroupBytesMax = 12 * 1024 * 1024;
    private readonly List<StatementGroup> groups = [];
    private readonly Dictionary<KeyHash, int> lastGroupOfKey = [];
    private readonly HashSet<KeyHash> reread = [];
    private readonly List<RawDocument> translated = [];

    internal IReadOnlyList<StatementGroup> Groups => groups;

    /// <summary>Items that no plain statement expresses, and what stands behind them: to be read again.</summary>
    internal List<LaneItem> Untranslatable { get; } = [];

    internal void Add(LaneItem item)
    {
        if (reread.Contains(item.Ticket.Key))
        {
            Untranslatable.Add(item);
        }
        else if (item.Change is { } change)
        {
            AddChange(item, change);
        }
        else if (item.Document is not { } document)
        {
            Join(item, WriteKind.Delete, isStrict: false).Add(item, DeleteOf(item.Id));
        }
        else if (NeedsTransaction(document))
        {
            StartGroup(item, WriteKind.Insert, isStrict: false).Add(item, document);
        }
        else
        {
            Join(item, WriteKind.Update, isStrict: false).Add(item, ReplacementOf(item.Id, document, upsert: true));
        }
    }

    /// <summary>Whether an <c>update</c> would refuse the document or take it for operators.</summary>
    internal static bool NeedsTransaction(RawDocument document)
    {
        if (document.Length > ReplacementBytesMax)
        {
            return true;
        }

        foreach (var field in document)
        {
            var name = field.NameUtf8.Span;
            if (name.Length > 0 && name[0] == '$')
            {
                return true;
            }
        }

        return false;
    }

    internal static RawDocument QueryOf(RawValue id)
    {
        // A document whose first field begins with $ would be read as operators.
        RawValue exact =
            id.Type == BsonType.Document ? new DocumentBuilder(id.Bytes.Length + 16) { { "$eq", id } } : id;
        return new DocumentBuilder(id.Bytes.Length + 32) { { "_id", exact } }.Build();
    }

    internal static RawDocument DeleteOf(RawValue id) =>
        new DocumentBuilder(id.Bytes.Length + 48) { { "q", QueryOf(id) }, { "limit", 1 } }.Build();

    private static RawDocument ReplacementOf(RawValue id, RawDocument document, bool upsert)
    {
        var statement = new DocumentBuilder(document.Length + id.Bytes.Length + 64)
        {
            { "q", QueryOf(id) },
            { "u", document },
        };
        return (upsert ? statement.Add("upsert", true) : statement).Build();
    }

    private void AddChange(LaneItem item, ChangeEvent change)
    {
        switch (change.Kind)
        {
            case EventKind.Insert when change.Raw["fullDocument"u8] is { IsMissing: false } document:
                Join(item, WriteKind.Insert, isStrict: true).Add(item, document.AsDocument);
                break;
            case EventKind.Replace when change.Raw["fullDocument"u8] is { IsMissing: false } document:
                if (NeedsTransaction(document.AsDocument))
                {
                    Reread(item);
                }
                else
                {
                    var statement = ReplacementOf(item.Id, document.AsDocument, upsert: false);
                    Join(item, WriteKind.Update, isStrict: true).Add(item, statement);
                }

                break;
            case EventKind.Delete:
                Join(item, WriteKind.Delete, isStrict: true).Add(item, DeleteOf(item.Id));
                break;
            case EventKind.Update:
                AddDelta(item, change);
                break;
            default:
                Reread(item);
                break;
        }
    }

    private void AddDelta(LaneItem item, ChangeEvent change)
    {
        translated.Clear();
        if (!translator.TryTranslate(change.Raw, translated))
        {
            Reread(item);
            return;
        }

        // A delta that changes nothing at all has no statement: it is done as it stands.
        var group = Join(item, WriteKind.Update, isStrict: true);
        group.Items.Add(item);
        foreach (var statement in translated)
        {
            group.AddStatement(statement);
        }
    }

    private void Reread(LaneItem item)
    {
        _ = reread.Add(item.Ticket.Key);
        Untranslatable.Add(item);
    }

    private StatementGroup Join(LaneItem item, WriteKind kind, bool isStrict)
    {
        var from = Math.Max(0, lastGroupOfKey.GetValueOrDefault(item.Ticket.Key, -1));
        for (var index = groups.Count - 1; index >= from; index--)
        {
            var group = groups[index];
            if (
                group.Kind == kind
                && group.IsStrict == isStrict
                && group.Collection == item.Collection
                && group.StatementCount < StatementsMax
                && group.Bytes < GroupBytesMax
            )
            {
                lastGroupOfKey[item.Ticket.Key] = index;
                return group;
            }
        }

        return StartGroup(item, kind, isStrict);
    }

    private StatementGroup StartGroup(LaneItem item, WriteKind kind, bool isStrict)
    {
        var fresh = new StatementGroup(item.Collection, kind, isStrict);
        lastGroupOfKey[item.Ticket.Key] = groups.Count;
        groups.Add(fresh);
        return fresh;
    }
}

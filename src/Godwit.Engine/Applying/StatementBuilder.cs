using System.Runtime.InteropServices;
using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Applying;

/// <summary>
/// Turns the items of a lane into as few commands as order allows: operations on different documents commute, so an item joins the
/// newest command of its kind unless its own key has a later one. One builder serves a lane, batch after batch.
/// </summary>
internal sealed class StatementBuilder
{
    /// <summary>A replacement beyond this could pass the command's limit together with its <c>_id</c> (S15).</summary>
    internal const int ReplacementBytesMax = 15 * 1024 * 1024;

    private const int StatementsMax = 10_000;
    private const long GroupBytesMax = 12 * 1024 * 1024;
    private readonly List<StatementGroup> groups = [];
    private readonly Stack<StatementGroup> spare = [];
    private readonly Dictionary<KeyHash, int> lastGroupOfKey = [];
    private readonly HashSet<KeyHash> reread = [];
    private readonly DeltaTranslator translator = new();

    internal IReadOnlyList<StatementGroup> Groups => groups;

    /// <summary>Items that no plain statement expresses, and what stands behind them: to be read again.</summary>
    internal List<LaneItem> Untranslatable { get; } = [];

    /// <summary>Begins the next batch.</summary>
    internal void Clear()
    {
        groups.ForEach(spare.Push);
        groups.Clear();
        lastGroupOfKey.Clear();
        reread.Clear();
        Untranslatable.Clear();
    }

    internal void Add(in LaneItem item)
    {
        if (item.Ticket.Places)
        {
            AddPlaced(item);
        }
        else if (reread.Count > 0 && reread.Contains(item.Ticket.Key))
        {
            Untranslatable.Add(item);
        }
        else if (!item.Ticket.IsRewrite)
        {
            AddChange(item);
        }
        else if (item.IsAbsent)
        {
            Join(item, WriteKind.Delete, isStrict: false).Statements.AddDelete(item.Id);
        }
        else
        {
            AddRewrite(item, item.Content.AsDocument);
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

    /// <summary>
    /// Where order counts (S30). One that may have been applied already is taken out and put at the end anew: so everything that was put
    /// there since a time ends in its order, however much of it was there before.
    /// </summary>
    private void AddPlaced(in LaneItem item)
    {
        _ = reread.Remove(item.Ticket.Key);
        var isStrict = !item.Ticket.MayBeThere;
        if (item.Kind == EventKind.Delete)
        {
            Join(item, WriteKind.Delete, isStrict).Statements.AddDelete(item.Id);
        }
        else
        {
            Join(item, WriteKind.Insert, isStrict).Statements.Add(item.Content.AsDocument);
        }
    }

    private void AddRewrite(in LaneItem item, RawDocument document)
    {
        if (item.Collection.IsCapped)
        {
            // In its place, where it has to be.
            Join(item, WriteKind.Update, isStrict: true, isApart: true)
                .Statements.AddUpdate(item.Id, document, upsert: false);
        }
        else if (!item.Collection.KeyPaths.IsEmpty)
        {
            Join(item, WriteKind.Insert, isStrict: false, isApart: true).Statements.Add(document);
        }
        else if (NeedsTransaction(document))
        {
            StartGroup(item, WriteKind.Insert, isStrict: false).Statements.Add(document);
        }
        else
        {
            // Apart: if the first of two changes nothing, the server does not remember it, and a command that is sent again would carry
            // it out after the second.
            Join(item, WriteKind.Update, isStrict: false, isApart: true)
                .Statements.AddUpdate(item.Id, document, upsert: true);
        }
    }

    private void AddChange(in LaneItem item)
    {
        switch (item.Kind)
        {
            case EventKind.Update when translator.TryRead(item.Content.AsDocument, item.Collection.KeyPaths):
                translator.WriteTo(Join(item, WriteKind.Update, isStrict: true).Statements, item.Id);
                break;
            case EventKind.Insert:
                Join(item, WriteKind.Insert, isStrict: true).Statements.Add(item.Content.AsDocument);
                break;
            case EventKind.Replace when item.Content.AsDocument is var document && !NeedsTransaction(document):
                Replace(Join(item, WriteKind.Update, isStrict: true).Statements, item, document);
                break;
            case EventKind.Delete:
                Join(item, WriteKind.Delete, isStrict: true).Statements.AddDelete(item.Id);
                break;
            default:
                Reread(item);
                break;
        }
    }

    /// <summary>By the key that the new document has: if the old one had another, none is met and the document is read again (S13).</summary>
    private static void Replace(StatementWriter statements, in LaneItem item, RawDocument document)
    {
        if (item.Collection.KeyPaths.IsEmpty)
        {
            statements.AddUpdate(item.Id, document, upsert: false);
        }
        else
        {
            statements.AddUpdate(item.Collection.KeyPaths.FilterOf(item.Id, document), document);
        }
    }

    private void Reread(in LaneItem item)
    {
        _ = reread.Add(item.Ticket.Key);
        Untranslatable.Add(item);
    }

    /// <summary>The group the item's statements go to; the item is in it then.</summary>
    /// <param name="item">The item.</param>
    /// <param name="kind">Which command.</param>
    /// <param name="isStrict">Whether every statement has to meet one document.</param>
    /// <param name="isApart">Whether its key must not be in that group yet: all deletes of one come before its inserts (S13), say.</param>
    private StatementGroup Join(in LaneItem item, WriteKind kind, bool isStrict, bool isApart = false)
    {
        // A key that is new has 0 there: every group is open to it.
        ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(lastGroupOfKey, item.Ticket.Key, out var isKnown);
        var first = isKnown && isApart ? last + 1 : last;
        for (var index = groups.Count - 1; index >= first; index--)
        {
            var group = groups[index];
            if (
                group.Kind == kind
                && group.IsStrict == isStrict
                && group.Collection == item.Collection
                && group.Statements.Count < StatementsMax
                && group.Statements.Length < GroupBytesMax
            )
            {
                last = index;
                group.Items.Add(item);
                return group;
            }

            if (kind == WriteKind.Insert && group.Kind == kind && IsOrdered(item, group))
            {
                // Nothing is put before what was put earlier.
                break;
            }
        }

        return StartGroup(item, kind, isStrict);
    }

    private static bool IsOrdered(in LaneItem item, StatementGroup group) =>
        item.Collection.IsCapped && group.Collection == item.Collection;

    private StatementGroup StartGroup(in LaneItem item, WriteKind kind, bool isStrict)
    {
        var fresh = spare.TryPop(out var used) ? used : new();
        fresh.Begin(item.Collection, kind, isStrict);
        fresh.Items.Add(item);
        lastGroupOfKey[item.Ticket.Key] = groups.Count;
        groups.Add(fresh);
        return fresh;
    }
}

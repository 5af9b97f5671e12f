namespace Godwit.Engine.Tests.Model;

/// <summary>What the model's source does beyond plain writes.</summary>
[Flags]
public enum ModelKind
{
    /// <summary>Plain writes only.</summary>
    Plain = 0,

    /// <summary>Transactions whose documents are visible before their events come.</summary>
    Prepared = 1,

    /// <summary>Collections that are created, renamed, dropped, created anew, and converted without events.</summary>
    Definitions = 2,

    /// <summary>A unique index: values move between documents.</summary>
    Unique = 4,

    /// <summary>Collections that a sharded source writes anew under another identity, with or without an event that says so.</summary>
    Moves = 8,

    /// <summary>The migration is turned round at its end, with changes on both sides before that.</summary>
    Turned = 16,

    /// <summary>Several change streams share the events among them, in another number from life to life.</summary>
    Streams = 32,

    /// <summary>No more keys may be dirty than there is a moment for, and which were read again is forgotten now and then.</summary>
    Crowded = 64,

    /// <summary>All collections are capped: the natural order is content (S30).</summary>
    Ordered = 128,

    /// <summary>They are, and are read in passing: documents one after the other, each as of when it is read (S8).</summary>
    Passing = 256 | Ordered,

    /// <summary>
    /// Collections are copied in natural order though it is no content: as one range, documents one after the other, each as of when it
    /// is read, begun again from the first where the cursor is lost (S8).
    /// </summary>
    Natural = 512,
}

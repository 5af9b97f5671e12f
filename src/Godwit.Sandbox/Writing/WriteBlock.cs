using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Writing;

/// <summary>
/// Whether users may write. The mode is a document in <c>config</c>, replicated like any other: restart and failover find it, and
/// nothing else has to be kept. Used with the node's write lock held.
/// </summary>
internal sealed class WriteBlock(Node node)
{
    /// <summary>Where the mode is kept.</summary>
    internal static readonly Namespace Sections = new("config", "user_writes_critical_sections");

    /// <summary>Whether the writer that holds the write lock now passes: it has the right, not the collection.</summary>
    internal bool IsBypassed { get; private set; }

    /// <summary>Whether user writes are blocked.</summary>
    internal bool IsOn => node.Find(Sections, "") is { } section && section["blockUserWrites"].IsTruthy();

    /// <summary>Whether a namespace is the server's own: never blocked.</summary>
    internal static bool IsInternal(Namespace ns) =>
        ns.Database is "admin" or "config" or "local" || ns.Collection == "system.profile";

    /// <summary>
    /// Lets what follows pass until the answer is disposed of: a user has the right, or the cluster does what it does whether or not
    /// users may write (set_user_write_block_mode.js). Used with the node's write lock held.
    /// </summary>
    internal Pass LetPass(bool passes = true)
    {
        IsBypassed = passes;
        return new(this);
    }

    /// <summary>Ends what <see cref="LetPass"/> has begun.</summary>
    internal readonly struct Pass(WriteBlock block) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => block.IsBypassed = false;
    }

    /// <summary>Refuses a write to a namespace of users while they are blocked.</summary>
    internal void Check(Namespace ns)
    {
        if (!IsInternal(ns) && !IsBypassed && IsOn)
        {
            throw new CommandException(ErrorCode.UserWritesBlocked, "User writes blocked");
        }
    }

    /// <summary>Blocks, unless that was done before.</summary>
    internal void TurnOn()
    {
        using var operation = new WriteOperation(node);
        if (operation.Find(Sections) is { } known && operation.Reader(known).FindById("") is not null)
        {
            return;
        }

        if (operation.Find(Sections) is null)
        {
            using var creation = new WriteOperation(node);
            _ = CatalogWriter.Create(creation, Sections, RawDocument.Empty);
            creation.Commit();
            operation.View.Refresh();
        }

        var section = new DocumentBuilder
        {
            { "_id", "" },
            { "blockNewUserShardedDDL", node.Options.IsInCluster },
            { "blockUserWrites", true },
        };
        operation.Insert(operation.Find(Sections)!, section.Build());
        operation.Commit();
    }

    /// <summary>Lifts the block, if there is one.</summary>
    internal void TurnOff()
    {
        using var operation = new WriteOperation(node);
        if (operation.Find(Sections) is { } sections && operation.Reader(sections).FindById("") is { } section)
        {
            operation.Remove(sections, section);
            operation.Commit();
        }
    }
}

using System.Collections.Immutable;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary>
/// An operator at its path: how it changes a value that exists, what it creates where none is, and the checks and the
/// logging that all operators share.
/// </summary>
internal abstract class Modifier : UpdateNode
{
    /// <summary>What became of a value.</summary>
    protected enum Change
    {
        None,
        Changed,

        /// <summary>Elements were added at the end of an array that was not empty.</summary>
        Appended,
    }

    /// <summary>Applies only when a document is inserted.</summary>
    protected virtual bool IsForInsertOnly => false;

    /// <summary>Whether a path that could not even be created is passed over.</summary>
    protected virtual bool IgnoresNonViablePath => false;

    /// <summary>Whether the changed value is held to the rules of storage.</summary>
    protected virtual bool ChecksStorage => true;

    internal override bool Apply(UpdateRun run, UpdateCursor cursor) =>
        (run.IsInsert || !IsForInsertOnly)
        && (cursor.Missing.Count > 0 ? ApplyToMissing(run, cursor) : ApplyToExisting(run, cursor));

    /// <summary>Changes a value that exists.</summary>
    protected abstract Change Update(UpdateRun run, UpdateCursor cursor);

    /// <summary>The value to create where none exists; absent if the operator creates nothing.</summary>
    protected virtual RawValue NewValue() => default;

    /// <summary>Takes down a change of a value that existed.</summary>
    protected virtual void LogUpdate(UpdateLog log, UpdateCursor cursor, Change change) =>
        log.Updated(cursor.Taken, cursor.Element.Value);

    /// <summary>Takes down elements that were appended, each as a value of its own.</summary>
    protected static void LogAppended(UpdateLog log, UpdateCursor cursor, int count)
    {
        var elements = cursor.Element.Children;
        for (var i = elements.Count - count; i < elements.Count; i++)
        {
            var name = i.ToString(System.Globalization.CultureInfo.InvariantCulture);
            log.Created(cursor.Taken.Add(new(name, IsIndex: true)), cursor.Taken.Count, elements[i].Value);
        }
    }

    private bool ApplyToExisting(UpdateRun run, UpdateCursor cursor)
    {
        var change = Update(run, cursor);
        if (change == Change.None)
        {
            return false;
        }

        if (cursor.Taken[0].Name == "_id")
        {
            throw new CommandException(
                ErrorCode.ImmutableField,
                $"Performing an update on the path '{cursor.TakenPath}' would modify the immutable field '_id'"
            );
        }

        CheckStorage(run, cursor.Element, cursor.Taken.Count);
        if (run.Log is { } log)
        {
            LogUpdate(log, cursor, change);
        }

        return true;
    }

    private bool ApplyToMissing(UpdateRun run, UpdateCursor cursor)
    {
        var value = NewValue();
        if (value.IsMissing)
        {
            if (!IgnoresNonViablePath)
            {
                CheckViability(cursor);
            }

            return false;
        }

        var isElement = cursor.Element.IsArray;
        var created = PathCreation.Create(cursor.Element, cursor.Missing, value);
        CheckStorage(run, created, cursor.Taken.Count + 1);
        if (cursor.Taken.Count > 0 && cursor.Taken[0].Name == "_id")
        {
            throw new CommandException(
                ErrorCode.ImmutableField,
                $"Updating the path '{cursor.TakenPath}' to {cursor.Element.Name}: {cursor.Element.Value} would modify the immutable field '_id'"
            );
        }

        run.Log?.Created(FullPath(cursor, isElement), cursor.Taken.Count, value);
        return true;
    }

    private static ImmutableList<PathStep> FullPath(UpdateCursor cursor, bool isElement) =>
        cursor.Taken.AddRange(cursor.Missing.Select((name, i) => new PathStep(name, i == 0 && isElement)));

    private static void CheckViability(UpdateCursor cursor)
    {
        var element = cursor.Element;
        var isViable =
            element.Type == BsonType.Document
            || (element.IsArray && MutableElement.TryReadIndex(cursor.Missing[0], out _));
        if (!isViable)
        {
            throw new CommandException(
                ErrorCode.PathNotViable,
                $"Cannot use the part ({cursor.Missing[0]}) of ({cursor.Path}) to traverse the element ({{{element.Name}: {element.Value}}})"
            );
        }
    }

    private void CheckStorage(UpdateRun run, MutableElement element, int depth)
    {
        if (!ChecksStorage || run.IsInsert)
        {
            return;
        }

        StorableFields.CheckDepth(element.Value, depth);
        if (depth == 1 && element.Name.StartsWith('$'))
        {
            StorableFields.CheckDollarFields(run.Root.Value.AsDocument);
        }
    }
}

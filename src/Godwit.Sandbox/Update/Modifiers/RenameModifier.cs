using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary><c>$rename</c>: a <c>$set</c> of the destination and an <c>$unset</c> of the source, neither within an array.</summary>
internal sealed class RenameModifier : UpdateNode
{
    private readonly UpdatePath from;
    private readonly UpdatePath to;

    private RenameModifier(UpdatePath from, UpdatePath to)
    {
        this.from = from;
        this.to = to;
    }

    internal static RenameModifier Create(UpdatePath from, UpdatePath to)
    {
        var problem = (from, to) switch
        {
            _ when to.Text.Contains('\0', StringComparison.Ordinal) =>
                "The 'to' field for $rename cannot contain an embedded null byte",
            _ when from.Text == to.Text =>
                $"The source and target field for $rename must differ: {from.Text}: \"{to.Text}\"",
            _ when from.IsPrefixOf(to) || to.IsPrefixOf(from) =>
                $"The source and target field for $rename must not be on the same path: {from.Text}: \"{to.Text}\"",
            _ when from.IsDynamic => $"The source field for $rename may not be dynamic: {from.Text}",
            _ when to.IsDynamic => $"The destination field for $rename may not be dynamic: {to.Text}",
            _ => null,
        };
        return problem is null ? new(from, to) : throw new CommandException(ErrorCode.BadValue, problem);
    }

    internal override bool Apply(UpdateRun run, UpdateCursor cursor)
    {
        var source = UpdateCursor.At(run.Root);
        foreach (var part in from.Parts)
        {
            source = source.Step(part);
        }

        if (source.Missing.Count > 0)
        {
            CheckSourceViability(source);
            return false;
        }

        RefuseArrays(run, source.Element.Parent, "source", from);
        RefuseArrays(run, cursor.Missing.Count == 0 ? cursor.Element.Parent : cursor.Element, "destination", to);
        _ = new Assignment(source.Element.Value).Apply(run, cursor);
        return new UnsetModifier().Apply(run, source);
    }

    private void CheckSourceViability(UpdateCursor source)
    {
        var element = source.Element;
        var isViable =
            element.Type == BsonType.Document
            || (element.IsArray && MutableElement.TryReadIndex(source.Missing[0], out _));
        if (!isViable && source.Taken.Count > 0)
        {
            throw new CommandException(
                ErrorCode.PathNotViable,
                $"cannot use the part ({source.Taken[^1].Name} of {from.Text}) to traverse the element ({{{element.Name}: {element.Value}}})"
            );
        }
    }

    private static void RefuseArrays(UpdateRun run, MutableElement? element, string role, UpdatePath path)
    {
        for (; element is not null && element != run.Root; element = element.Parent)
        {
            if (element.IsArray)
            {
                throw new CommandException(
                    ErrorCode.BadValue,
                    $"The {role} field cannot be an array element, '{path.Text}' in doc with {run.IdText} has an array field called '{element.Name}'"
                );
            }
        }
    }

    /// <summary>Sets the destination, even to the value it has.</summary>
    private sealed class Assignment(RawValue value) : Modifier
    {
        protected override Change Update(UpdateRun run, UpdateCursor cursor)
        {
            cursor.Element.Value = value;
            return Change.Changed;
        }

        protected override RawValue NewValue() => value;
    }
}

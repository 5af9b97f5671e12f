using System.Globalization;
using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Update.Modifiers;

namespace Godwit.Sandbox.Update;

/// <summary>An update written with operators. It is logged as a diff, however large, one leaf per path.</summary>
internal sealed class OperatorProgram : UpdateProgram
{
    private readonly FieldsNode root = new();
    private readonly IReadOnlyDictionary<string, Func<RawValue, bool>> filters;
    private readonly HashSet<string> identifiersUsed = new(StringComparer.Ordinal);

    private OperatorProgram(IReadOnlyDictionary<string, Func<RawValue, bool>> filters) => this.filters = filters;

    internal override UpdateKind Kind => UpdateKind.Operators;

    internal static OperatorProgram Parse(
        RawDocument update,
        IReadOnlyList<RawDocument> arrayFilters,
        UpdateContext context
    )
    {
        var program = new OperatorProgram(ArrayFilters.Parse(arrayFilters, context));
        foreach (var modifier in update)
        {
            program.AddOperator(modifier, context);
        }

        var unused = program.filters.Keys.FirstOrDefault(identifier => !program.identifiersUsed.Contains(identifier));
        return unused is null
            ? program
            : throw new CommandException(
                ErrorCode.FailedToParse,
                $"The array filter for identifier '{unused}' was not used in the update {update}"
            );
    }

    protected override UpdateOutcome Apply(RawDocument before, int? positionalIndex, bool isInsert)
    {
        var document = new MutableElement("", before);
        var log = new UpdateLog();
        var run = new UpdateRun
        {
            Root = document,
            MatchedField = positionalIndex?.ToString(CultureInfo.InvariantCulture),
            IsInsert = isInsert,
            Log = isInsert ? null : log,
        };
        return root.Apply(run, UpdateCursor.At(document))
            ? new(true, IdFirst(document.Value.AsDocument), isInsert ? RawDocument.Empty : log.Build())
            : UpdateOutcome.Unchanged(before);
    }

    private void AddOperator(RawElement modifier, UpdateContext context)
    {
        var name = modifier.Name;
        if (!ModifierTable.Knows(name))
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                $"Unknown modifier: {name}. Expected a valid update modifier or pipeline-style update specified as an array"
            );
        }

        if (modifier.Type != BsonType.Document)
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                $"Modifiers operate on fields but we found type {BsonTypeNames.NameOf(modifier.Type)} instead. For example: {{$mod: {{<field>: ...}}}} not {{{modifier}}}"
            );
        }

        foreach (var field in modifier.Value.AsDocument)
        {
            if (name == "$rename")
            {
                AddRename(field);
            }
            else
            {
                var path = UpdatePath.Parse(field.Name);
                AddLeaf(path, ModifierTable.Create(name, field, context));
            }
        }
    }

    private void AddRename(RawElement field)
    {
        var from = UpdatePath.Parse(field.Name);
        AddLeaf(from, ConflictPlaceholder.Instance);
        if (field.Type != BsonType.String)
        {
            throw new CommandException(ErrorCode.BadValue, $"The 'to' field for $rename must be a string: {field}");
        }

        var to = UpdatePath.Parse(field.Value.AsString);
        AddLeaf(to, RenameModifier.Create(from, to));
    }

    private void AddLeaf(UpdatePath path, UpdateNode leaf)
    {
        UpdateInnerNode current = root;
        for (var i = 0; i < path.Parts.Length - 1; i++)
        {
            var name = ChildName(path, i);
            var wantsElements = UpdatePath.IsArrayFilter(path.Parts[i + 1]);
            var child = current.Child(name);
            if (child is null)
            {
                child = wantsElements ? new ElementsNode(filters) : new FieldsNode();
                current.Add(name, child);
            }
            else if (wantsElements ? child is not ElementsNode : child is not FieldsNode)
            {
                throw Conflict(path, string.Join('.', path.Parts[..(i + 1)]));
            }

            current = (UpdateInnerNode)child;
        }

        var last = ChildName(path, path.Parts.Length - 1);
        if (current.Child(last) is not null)
        {
            throw Conflict(path, path.Text);
        }

        current.Add(last, leaf);
    }

    private string ChildName(UpdatePath path, int position)
    {
        var part = path.Parts[position];
        if (!UpdatePath.IsArrayFilter(part))
        {
            return part;
        }

        if (position == 0)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"Cannot have array filter identifier (i.e. '$[<id>]') element in the first position in path '{path.Text}'"
            );
        }

        var identifier = part[2..^1];
        if (identifier.Length > 0 && !filters.ContainsKey(identifier))
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"No array filter found for identifier '{identifier}' in path '{path.Text}'"
            );
        }

        identifiersUsed.Add(identifier);
        return identifier;
    }

    private static CommandException Conflict(UpdatePath path, string at) =>
        new(ErrorCode.ConflictingUpdateOperators, $"Updating the path '{path.Text}' would create a conflict at '{at}'");
}

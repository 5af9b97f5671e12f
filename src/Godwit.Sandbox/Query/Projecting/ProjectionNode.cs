using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Query.Projecting;

/// <summary>A place in the tree of a projection: either an end (kept, dropped or computed) or the fields below it.</summary>
internal sealed class ProjectionNode
{
    private readonly List<(string Name, ProjectionNode Node)> children = [];

    /// <summary>At an end: computes the value. Absent for a field that is only kept or dropped.</summary>
    internal Func<RawDocument, RawValue>? Computed { get; init; }

    /// <summary>Whether the path goes no further.</summary>
    internal bool IsEnd { get; init; }

    internal IReadOnlyList<(string Name, ProjectionNode Node)> Children => children;

    private bool HasComputed => Computed is not null || children.Exists(child => child.Node.HasComputed);

    internal ProjectionNode? Child(string name) => children.Find(child => child.Name == name).Node;

    internal void Add(string name, ProjectionNode node) => children.Add((name, node));

    internal void Remove(string name) => children.RemoveAll(child => child.Name == name);

    /// <summary>Puts an end at a dotted path.</summary>
    internal void AddAt(string path, ProjectionNode end)
    {
        FieldPath.Check(path);
        var last = path.LastIndexOf('.');
        var place = last < 0 ? this : Descend(path[..last]);
        var name = path[(last + 1)..];
        if (place.Child(name) is not null)
        {
            throw new CommandException(31250, $"Path collision at {path}");
        }

        place.Add(name, end);
    }

    /// <summary>The node at a dotted path that goes on, made where there is none.</summary>
    internal ProjectionNode Descend(string path)
    {
        var node = this;
        foreach (var part in path.Split('.'))
        {
            var child = node.Child(part);
            if (child is null)
            {
                child = new();
                node.Add(part, child);
            }
            else if (child.IsEnd)
            {
                throw new CommandException(31249, $"Path collision at {path} remaining portion {part}");
            }

            node = child;
        }

        return node;
    }

    /// <summary>Keeps everything, with what the tree computes in its place or behind.</summary>
    internal RawDocument Set(RawDocument document, RawDocument root)
    {
        var builder = new DocumentBuilder(document.Length + 64);
        var done = new bool[children.Count];
        foreach (var element in document)
        {
            var index = children.FindIndex(child => element.NameIs(child.Name));
            if (index < 0)
            {
                _ = builder.Add(element);
                continue;
            }

            done[index] = true;
            _ = builder.Add(element.NameUtf8.Span, children[index].Node.SetValue(element.Value, root));
        }

        for (var i = 0; i < done.Length; i++)
        {
            if (!done[i])
            {
                _ = builder.Add(children[i].Name, children[i].Node.SetValue(default, root));
            }
        }

        return builder.Build();
    }

    private RawValue SetValue(RawValue value, RawDocument root) =>
        Computed is not null
            ? Computed(root)
            : value.Type switch
            {
                BsonType.Document => Set(value.AsDocument, root),
                BsonType.Array => RawValue.Array(value.AsDocument.Values().Select(item => SetValue(item, root))),
                _ => Set(RawDocument.Empty, root),
            };

    /// <summary>Keeps what the tree names, in the document's order, then adds what it computes, in its own.</summary>
    internal RawDocument Include(RawDocument document, RawDocument root)
    {
        var builder = new DocumentBuilder(document.Length);
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var element in document)
        {
            var child = Child(element.Name);
            if (child is null or { Computed: not null })
            {
                continue;
            }

            var value = child.IsEnd ? element.Value : child.IncludeValue(element.Value, root);
            if (!value.IsMissing)
            {
                _ = done.Add(element.Name);
                _ = builder.Add(element.NameUtf8.Span, value);
            }
        }

        foreach (var (name, node) in children.Where(child => child.Node.HasComputed && !done.Contains(child.Name)))
        {
            _ = builder.Add(
                name,
                node.Computed is not null ? node.Computed(root) : node.Include(RawDocument.Empty, root)
            );
        }

        return builder.Build();
    }

    /// <summary>Keeps everything the tree does not name; computed ends (of <c>$meta</c>) are added.</summary>
    internal RawDocument Exclude(RawDocument document, RawDocument root)
    {
        var builder = new DocumentBuilder(document.Length);
        foreach (var element in document)
        {
            var child = Child(element.Name);
            if (child is null)
            {
                _ = builder.Add(element);
            }
            else if (!child.IsEnd)
            {
                _ = builder.Add(element.NameUtf8.Span, child.ExcludeValue(element.Value, root));
            }
        }

        foreach (var (name, node) in children.Where(child => child.Node.Computed is not null))
        {
            _ = builder.Add(name, node.Computed!(root));
        }

        return builder.Build();
    }

    private RawValue IncludeValue(RawValue value, RawDocument root) =>
        value.Type switch
        {
            BsonType.Document => Include(value.AsDocument, root),
            BsonType.Array => RawValue.Array(
                value
                    .AsDocument.Values()
                    .Select(element => IncludeValue(element, root))
                    .Where(element => !element.IsMissing)
            ),
            _ when HasComputed => Include(RawDocument.Empty, root),
            _ => default,
        };

    private RawValue ExcludeValue(RawValue value, RawDocument root) =>
        value.Type switch
        {
            BsonType.Document => Exclude(value.AsDocument, root),
            BsonType.Array => RawValue.Array(value.AsDocument.Values().Select(element => ExcludeValue(element, root))),
            _ => value,
        };
}

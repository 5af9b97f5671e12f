using System.Globalization;

namespace Godwit.Bson;

/// <summary>
/// A node of the tree from which a <c>$v:2</c> diff is written. Every node knows about how many bytes it takes, counted as
/// MongoDB counts, since that decides between a diff and the whole value.
/// </summary>
public abstract class DiffNode
{
    /// <summary>About how many bytes the node takes once written.</summary>
    public abstract int ApproximateBytes { get; }

    /// <summary>The field is removed.</summary>
    public sealed class Removed : DiffNode
    {
        /// <inheritdoc/>
        public override int ApproximateBytes => 1;
    }

    /// <summary>The value is replaced in place.</summary>
    /// <param name="value">The new value.</param>
    public sealed class Updated(RawValue value) : DiffNode
    {
        /// <summary>The new value.</summary>
        public RawValue Value { get; } = value;

        /// <inheritdoc/>
        public override int ApproximateBytes => Value.Bytes.Length;
    }

    /// <summary>The field is new, at the end.</summary>
    /// <param name="value">Its value.</param>
    public sealed class Inserted(RawValue value) : DiffNode
    {
        /// <summary>The new value.</summary>
        public RawValue Value { get; } = value;

        /// <inheritdoc/>
        public override int ApproximateBytes => Value.Bytes.Length;
    }

    /// <summary>A node that holds others by field name or array index.</summary>
    public abstract class Inner : DiffNode
    {
        /// <summary>The child of that name.</summary>
        public abstract DiffNode? Child(string name);

        /// <summary>Adds a child; its size must be final.</summary>
        public abstract void Add(string name, DiffNode child);
    }

    /// <summary>A document that did not exist before: written as one inserted value, built from what was created in it.</summary>
    public sealed class Created : Inner
    {
        private readonly List<(string Name, DiffNode Child)> children = [];

        /// <inheritdoc/>
        public override int ApproximateBytes => 0;

        /// <inheritdoc/>
        public override DiffNode? Child(string name) => children.Find(child => child.Name == name).Child;

        /// <inheritdoc/>
        public override void Add(string name, DiffNode child) => children.Add((name, child));

        /// <summary>The document as it was created.</summary>
        public RawValue Build()
        {
            var builder = new DocumentBuilder();
            foreach (var (name, child) in children)
            {
                builder.Add(name, ValueOf(child));
            }

            return builder;
        }
    }

    /// <summary>The value that a leaf or a created document stands for.</summary>
    protected static RawValue ValueOf(DiffNode node) =>
        node switch
        {
            Updated updated => updated.Value,
            Inserted inserted => inserted.Value,
            Created created => created.Build(),
            _ => throw new InvalidOperationException($"a node of type {node.GetType().Name} has no value of its own"),
        };

    /// <summary>Changes within an array, by index.</summary>
    public sealed class ArrayChange : Inner
    {
        private readonly SortedDictionary<int, DiffNode> children = [];
        private int bytes = 9;
        private int? length;

        /// <inheritdoc/>
        public override int ApproximateBytes => bytes;

        /// <inheritdoc/>
        public override DiffNode? Child(string name) => children.GetValueOrDefault(IndexOf(name));

        /// <inheritdoc/>
        public override void Add(string name, DiffNode child)
        {
            children.Add(IndexOf(name), child);
            bytes += name.Length + 3 + child.ApproximateBytes;
        }

        /// <summary>The array ends with this length.</summary>
        public void Resize(int newLength)
        {
            length = newLength;
            bytes += 7;
        }

        /// <summary>The diff as it stands in the oplog.</summary>
        public RawDocument Build()
        {
            var builder = new DocumentBuilder { { "a", true } };
            if (length is { } value)
            {
                builder.Add("l", value);
            }

            foreach (var (index, child) in children)
            {
                var name = index.ToString(CultureInfo.InvariantCulture);
                _ = child switch
                {
                    DocumentChange change => builder.Add("s" + name, change.Build()),
                    ArrayChange change => builder.Add("s" + name, change.Build()),
                    _ => builder.Add("u" + name, ValueOf(child)),
                };
            }

            return builder.Build();
        }

        private static int IndexOf(string name) => int.Parse(name, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>Changes within a document that exists.</summary>
    /// <param name="padding">Bytes that go around the diff.</param>
    public sealed class DocumentChange(int padding = 0) : Inner
    {
        private readonly Dictionary<string, DiffNode> children = new(StringComparer.Ordinal);
        private readonly List<string> removed = [];
        private readonly List<string> updated = [];
        private readonly List<string> inserted = [];
        private readonly List<string> changed = [];
        private int bytes = padding + 5;

        /// <summary>Whether nothing was added.</summary>
        public bool IsEmpty => children.Count == 0;

        /// <inheritdoc/>
        public override int ApproximateBytes => bytes;

        /// <inheritdoc/>
        public override DiffNode? Child(string name) => children.GetValueOrDefault(name);

        /// <inheritdoc/>
        public override void Add(string name, DiffNode child)
        {
            children.Add(name, child);
            bytes += System.Text.Encoding.UTF8.GetByteCount(name) + 2 + child.ApproximateBytes;
            var section = child switch
            {
                Removed => removed,
                Updated => updated,
                Inserted or Created => inserted,
                _ => changed,
            };
            // A section is wrapped in a document of its own; a nested change has a one-letter prefix.
            bytes +=
                section == changed ? 1
                : section.Count == 0 ? 8
                : 0;
            section.Add(name);
        }

        /// <summary>The diff as it stands in the oplog.</summary>
        public RawDocument Build()
        {
            var builder = new DocumentBuilder();
            AddSection(builder, "d", removed, _ => false);
            AddSection(builder, "u", updated, ValueOf);
            AddSection(builder, "i", inserted, ValueOf);
            foreach (var name in changed)
            {
                builder.Add(
                    "s" + name,
                    children[name] is ArrayChange array ? array.Build() : ((DocumentChange)children[name]).Build()
                );
            }

            return builder.Build();
        }

        private void AddSection(
            DocumentBuilder builder,
            string section,
            List<string> names,
            Func<DiffNode, RawValue> value
        )
        {
            if (names.Count == 0)
            {
                return;
            }

            var fields = new DocumentBuilder();
            foreach (var name in names)
            {
                fields.Add(name, value(children[name]));
            }

            builder.Add(section, fields);
        }
    }
}

using System.Buffers.Binary;
using Godwit.Bson;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Applying;

/// <summary>
/// A delta as paths: what to remove, to shorten, to set in place, and to append in order. Its statements are: removals; then one per
/// group of settings that the server would create in the order wanted. Used again for one delta after the other.
/// </summary>
internal sealed class Delta
{
    /// <summary>An array of which nothing is pushed and only the first elements are kept; their number comes last.</summary>
    private static readonly byte[] Slice = new DocumentBuilder { { "$each", RawValue.Array([]) }, { "$slice", 0 } }
        .Build()
        .Bytes.ToArray();

    private readonly FieldList removed = new();
    private readonly FieldList shortened = new();
    private readonly List<FieldList> settings = [new()];
    private readonly byte[] slice = [.. Slice];
    private int settingsUsed = 1;
    private ShardKeyPaths? keyPaths;

    /// <summary>Where its reader stands.</summary>
    internal PathBuffer Path { get; } = new();

    /// <summary>How many statements it takes.</summary>
    internal int Statements =>
        settingsUsed - (settings[0].IsEmpty ? 1 : 0) + (removed.IsEmpty ? 0 : 1) + (shortened.IsEmpty ? 0 : 1);

    /// <summary>Whether anything of it concerns the shard key.</summary>
    internal bool HasTouchedKey { get; private set; }

    /// <summary>Begins anew, on the lookout for these paths.</summary>
    internal void Clear(ShardKeyPaths? guarded)
    {
        (keyPaths, HasTouchedKey) = (guarded, false);
        Path.Leave(0);
        removed.Clear();
        shortened.Clear();
        settings[0].Clear();
        settingsUsed = 1;
    }

    /// <summary>Removes a field.</summary>
    internal void Remove(ReadOnlySpan<byte> name) => Add(removed, name, RawValue.True);

    /// <summary>Shortens the array at the path to its first elements.</summary>
    internal void Shorten(int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(slice.AsSpan(slice.Length - 1 - sizeof(int)), length);
        HasTouchedKey |= keyPaths is { IsEmpty: false } paths && paths.AreTouchedAt(Path.Utf8);
        shortened.Add(Path.Utf8, BsonType.Document, slice);
    }

    /// <summary>Gives a field that exists, or an array element, another value in its place.</summary>
    internal void Change(ReadOnlySpan<byte> name, RawValue value) => Add(settings[0], name, value);

    /// <summary>
    /// Puts a field at the end of its document; one that exists there already is moved. The delta does not say whether it does: it has
    /// to go before it can come last.
    /// </summary>
    /// <param name="name">The field.</param>
    /// <param name="value">Its value.</param>
    /// <param name="isAfterPrevious">Whether the server, creating it together with the field appended before, would put it after that one.</param>
    internal void Append(ReadOnlySpan<byte> name, RawValue value, bool isAfterPrevious)
    {
        Remove(name);
        if (!isAfterPrevious && !settings[settingsUsed - 1].IsEmpty)
        {
            BeginSettings();
        }

        Add(settings[settingsUsed - 1], name, value);
    }

    /// <summary>Writes the statements, in order.</summary>
    internal void WriteTo(StatementWriter statements, RawValue id)
    {
        AddOperator(statements, id, "$unset"u8, removed);
        AddOperator(statements, id, "$push"u8, shortened);
        for (var i = 0; i < settingsUsed; i++)
        {
            AddOperator(statements, id, "$set"u8, settings[i]);
        }
    }

    private static void AddOperator(StatementWriter statements, RawValue id, ReadOnlySpan<byte> name, FieldList fields)
    {
        if (!fields.IsEmpty)
        {
            statements.AddOperator(id, name, fields.Elements);
        }
    }

    private void BeginSettings()
    {
        if (settingsUsed == settings.Count)
        {
            settings.Add(new());
        }

        settings[settingsUsed++].Clear();
    }

    private void Add(FieldList fields, ReadOnlySpan<byte> name, RawValue value)
    {
        var back = Path.Enter(name);
        HasTouchedKey |= keyPaths is { IsEmpty: false } paths && paths.AreTouchedAt(Path.Utf8);
        fields.Add(Path.Utf8, value.Type, value.Bytes.Span);
        Path.Leave(back);
    }
}

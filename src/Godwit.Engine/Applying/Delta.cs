using Godwit.Bson;

namespace Godwit.Engine.Applying;

/// <summary>
/// A delta as paths: what to remove, to shorten, to set in place, and to append in order. Its statements are: removals; then one per
/// group of settings that the server would create in the order wanted.
/// </summary>
internal sealed class Delta
{
    private readonly DocumentBuilder removed = new(64);
    private readonly DocumentBuilder shortened = new(64);
    private readonly DocumentBuilder changed = new();
    private readonly List<Appended> appended = [];

    /// <summary>Removes a field.</summary>
    internal void Remove(FieldPath path) => removed.Add(path.Utf8, RawValue.True);

    /// <summary>Shortens an array to its first elements.</summary>
    internal void Shorten(FieldPath path, int length) =>
        shortened.Add(
            path.Utf8,
            new DocumentBuilder(48) { { "$each", new ArrayBuilder().Build() }, { "$slice", length } }
        );

    /// <summary>Gives a field that exists, or an array element, another value in its place.</summary>
    internal void Change(FieldPath path, RawValue value) => changed.Add(path.Utf8, value);

    /// <summary>Puts a field at the end of its document; one that exists there already is moved.</summary>
    /// <param name="path">The field.</param>
    /// <param name="value">Its value.</param>
    /// <param name="isAfterPrevious">Whether the server, creating it together with the field appended before, would put it after that one.</param>
    internal void Append(FieldPath path, RawValue value, bool isAfterPrevious) =>
        appended.Add(new(path, value, isAfterPrevious));

    /// <summary>The <c>u</c> of each statement, in order.</summary>
    internal List<RawDocument> ToUpdates()
    {
        var updates = new List<RawDocument>(2);
        foreach (var field in appended)
        {
            // The delta does not say whether the field exists already: it has to go before it can come last.
            Remove(field.Path);
        }

        AddOperator(updates, "$unset", removed);
        AddOperator(updates, "$push", shortened);
        var settings = changed;
        foreach (var field in appended)
        {
            if (!field.IsAfterPrevious)
            {
                AddOperator(updates, "$set", settings);
                settings = new();
            }

            _ = settings.Add(field.Path.Utf8, field.Value);
        }

        AddOperator(updates, "$set", settings);
        return updates;
    }

    private static void AddOperator(List<RawDocument> updates, string name, DocumentBuilder fields)
    {
        if (fields.Length > RawDocument.Empty.Length)
        {
            updates.Add(new DocumentBuilder(fields.Length + 16) { { name, fields } }.Build());
        }
    }

    private readonly record struct Appended(FieldPath Path, RawValue Value, bool IsAfterPrevious);
}

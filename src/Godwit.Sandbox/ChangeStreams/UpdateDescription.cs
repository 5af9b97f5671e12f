using System.Globalization;
using Godwit.Bson;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>
/// Writes a <c>$v:2</c> diff as the <c>updateDescription</c> that clients know: dotted paths, which lose what the diff says
/// about order and about dots in names; <c>disambiguatedPaths</c> gives back the latter.
/// </summary>
internal sealed class UpdateDescription
{
    private readonly DocumentBuilder updatedFields = new();
    private readonly ArrayBuilder removedFields = new();
    private readonly ArrayBuilder truncatedArrays = new();
    private readonly DocumentBuilder disambiguatedPaths = new();

    internal static RawDocument FromDiff(RawDocument diff, bool withDisambiguatedPaths)
    {
        var description = new UpdateDescription();
        description.Walk(diff, new PathSoFar("", [], IsAmbiguous: false));
        return new DocumentBuilder
        {
            { "updatedFields", description.updatedFields },
            { "removedFields", description.removedFields.Build() },
            { "truncatedArrays", description.truncatedArrays.Build() },
            { "disambiguatedPaths", withDisambiguatedPaths ? description.disambiguatedPaths : RawValue.Missing },
        }.Build();
    }

    private void Walk(RawDocument diff, PathSoFar path)
    {
        if (diff["a"] is { Type: BsonType.Boolean })
        {
            WalkArray(diff, path);
            return;
        }

        foreach (var section in (string[])["u", "i", "b"])
        {
            foreach (var field in SectionOf(diff, section))
            {
                Set(path.Field(field.Name), field.Value);
            }
        }

        foreach (var field in SectionOf(diff, "d"))
        {
            var removed = path.Field(field.Name);
            _ = removedFields.Add(removed.Text);
            Disambiguate(removed);
        }

        foreach (var element in diff)
        {
            if (element.Name is ['s', .. var name])
            {
                Walk(element.Value.AsDocument, path.Field(name));
            }
        }
    }

    private void WalkArray(RawDocument diff, PathSoFar path)
    {
        foreach (var element in diff)
        {
            var name = element.Name;
            switch (name[0])
            {
                case 'l':
                    _ = truncatedArrays.Add(
                        new DocumentBuilder { { "field", path.Text }, { "newSize", element.Value } }
                    );
                    Disambiguate(path);
                    break;
                case 'u':
                    Set(path.Index(int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture)), element.Value);
                    break;
                case 's':
                    Walk(element.Value.AsDocument, path.Index(int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture)));
                    break;
                default:
                    break;
            }
        }
    }

    private static RawDocument SectionOf(RawDocument diff, string name) =>
        diff.TryGet(name, out var section) ? section.AsDocument : RawDocument.Empty;

    private void Set(PathSoFar path, RawValue value)
    {
        _ = updatedFields.Add(path.Text, value);
        Disambiguate(path);
    }

    private void Disambiguate(PathSoFar path)
    {
        if (path.IsAmbiguous)
        {
            _ = disambiguatedPaths.Add(path.Text, RawValue.Array(path.Components));
        }
    }

    /// <summary>A path as text and as components; names with dots, and digits beyond the first component, make it ambiguous.</summary>
    private readonly record struct PathSoFar(string Text, RawValue[] Components, bool IsAmbiguous)
    {
        internal PathSoFar Field(string name) =>
            Extend(
                name,
                name,
                name.Contains('.', StringComparison.Ordinal) || (Components.Length > 0 && IsNumeric(name))
            );

        internal PathSoFar Index(int index) => Extend(index.ToString(CultureInfo.InvariantCulture), index, false);

        private PathSoFar Extend(string name, RawValue component, bool isAmbiguous) =>
            new(
                Components.Length == 0 ? name : $"{Text}.{name}",
                [.. Components, component],
                IsAmbiguous || isAmbiguous
            );

        private static bool IsNumeric(string name) =>
            name.Length > 0 && name.All(char.IsAsciiDigit) && (name.Length == 1 || name[0] != '0');
    }
}

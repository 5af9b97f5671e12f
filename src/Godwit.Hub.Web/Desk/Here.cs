using Godwit.Hub.Access;

namespace Godwit.Hub.Web.Desk;

/// <summary>Which organisation and project the page is about; the shell and the pages share it.</summary>
internal sealed class Here(Whereabouts whereabouts)
{
    /// <summary>All that the person may choose.</summary>
    internal IReadOnlyList<Place> Places { get; private set; } = [];

    internal Place? Place { get; private set; }

    internal PlaceProject? Project { get; private set; }

    /// <summary>Something else is shown now.</summary>
    internal event Action? Changed;

    /// <summary>Whether the person's roles allow it here.</summary>
    internal bool Allows(Operation operation) => Project?.Allows(operation) ?? Place?.Allows(operation) ?? false;

    internal async Task LoadAsync(CancellationToken cancellationToken)
    {
        Places = await whereabouts.ListAsync(cancellationToken);
        Place = Places.FirstOrDefault(one => one.Id == Place?.Id) ?? Default;
        Project = Place?.Projects.FirstOrDefault(one => one.Id == Project?.Id) ?? Place?.Projects.FirstOrDefault();
        Changed?.Invoke();
    }

    /// <summary>The address names an organisation or project.</summary>
    internal void Move(string path)
    {
        var parts = path.Split(['/', '?', '#'], StringSplitOptions.RemoveEmptyEntries);
        switch (parts)
        {
            case ["orgs", var id, ..]:
                Place = Places.FirstOrDefault(one => one.Id == id) ?? Place;
                Project =
                    Place?.Projects.FirstOrDefault(one => one.Id == Project?.Id) ?? Place?.Projects.FirstOrDefault();
                break;
            case ["projects", var id, ..]:
                Place = Places.FirstOrDefault(one => one.Projects.Any(project => project.Id == id)) ?? Place;
                Project = Place?.Projects.FirstOrDefault(one => one.Id == id) ?? Project;
                break;
        }

        Changed?.Invoke();
    }

    private Place? Default =>
        Places.FirstOrDefault(one => !one.IsSource && one.Projects.Count > 0) ?? Places.FirstOrDefault();
}

using Godwit.Hub.Access;

namespace Godwit.Hub.Web.Desk;

/// <summary>Which organisation and project the page is about; the shell and the pages share it.</summary>
internal sealed class Here(Whereabouts whereabouts)
{
    /// <summary>All that the person may choose.</summary>
    internal IReadOnlyList<Place> Places { get; private set; } = [];

    internal Place? Place { get; private set; }

    internal PlaceProject? Project { get; private set; }

    /// <summary>What the address names and the person may not choose, as if it did not exist: kind and id.</summary>
    internal (string Kind, string Id)? Unknown { get; private set; }

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
        Unknown = null;
        var parts = path.Split(['/', '?', '#'], StringSplitOptions.RemoveEmptyEntries);
        switch (parts)
        {
            case ["orgs", var id, ..]:
                if (Places.FirstOrDefault(one => one.Id == id) is { } place)
                {
                    Place = place;
                    Project =
                        place.Projects.FirstOrDefault(one => one.Id == Project?.Id) ?? place.Projects.FirstOrDefault();
                }
                else
                {
                    Unknown = ("organization", id);
                }

                break;
            case ["projects", var id, ..]:
                if (Places.FirstOrDefault(one => one.Projects.Any(project => project.Id == id)) is { } around)
                {
                    Place = around;
                    Project = around.Projects.First(one => one.Id == id);
                }
                else
                {
                    Unknown = ("project", id);
                }

                break;
        }

        Changed?.Invoke();
    }

    private Place? Default =>
        Places.FirstOrDefault(one => !one.IsSource && one.Projects.Count > 0) ?? Places.FirstOrDefault();
}

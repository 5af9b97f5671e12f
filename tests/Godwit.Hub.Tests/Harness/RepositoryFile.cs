namespace Godwit.Hub.Tests.Harness;

/// <summary>Files of the repository that these tests run in.</summary>
internal static class RepositoryFile
{
    public static string Path(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Godwit.slnx")))
            {
                return System.IO.Path.Combine(folder.FullName, relative);
            }
        }

        throw new InvalidOperationException("these tests run outside of the repository");
    }
}

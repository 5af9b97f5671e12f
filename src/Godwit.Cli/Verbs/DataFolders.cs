namespace Godwit.Cli.Verbs;

/// <summary>Where services keep what is theirs unless they are told otherwise.</summary>
internal static class DataFolders
{
    internal static string Of(string service) =>
        Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            ),
            "godwit",
            service
        );
}

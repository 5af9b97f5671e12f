using System.Reflection;

namespace Godwit.Hub.Hosting;

/// <summary>The version of this program.</summary>
internal static class HubVersion
{
    internal static string Text { get; } =
        typeof(HubVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}

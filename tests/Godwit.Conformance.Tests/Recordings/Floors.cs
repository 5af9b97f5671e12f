using System.Text.Json;
using Godwit.Testing;

namespace Godwit.Conformance.Tests.Recordings;

/// <summary>floors.json: the share of same answers that each recording has reached. GODWIT_RAISE_FLOORS=1 raises what is now higher.</summary>
internal static class Floors
{
    private static readonly Lock Gate = new();
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static string Location =>
        Path.Combine(SharedData.RepositoryRoot(), "tests/Godwit.Conformance.Tests/floors.json");

    public static SortedDictionary<string, double> Read()
    {
        lock (Gate)
        {
            var read = JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(Location))!;
            return new SortedDictionary<string, double>(read, StringComparer.Ordinal);
        }
    }

    public static void Raise(string recording, double rate)
    {
        if (Environment.GetEnvironmentVariable("GODWIT_RAISE_FLOORS") != "1")
        {
            return;
        }

        lock (Gate)
        {
            var floors = Read();
            floors[recording] = Math.Max(floors[recording], Math.Floor(rate * 1000) / 1000);
            File.WriteAllText(Location, JsonSerializer.Serialize(floors, Indented) + "\n");
        }
    }
}

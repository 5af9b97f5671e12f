namespace Godwit.Cli.Demo;

/// <summary>What <c>godwit demo</c> was asked for.</summary>
/// <param name="Seconds">How long the application writes to the source at least before the cutover.</param>
/// <param name="Orders">Orders in the shop when the migration begins.</param>
/// <param name="Members">Members of each replica set.</param>
/// <param name="Seed">Seed of everything the application chooses.</param>
/// <param name="Json">End with one line of JSON on standard output; words go to standard error.</param>
internal sealed record DemoOptions(int Seconds, int Orders, int Members, int Seed, bool Json);

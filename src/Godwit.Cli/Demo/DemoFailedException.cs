namespace Godwit.Cli.Demo;

/// <summary>The demonstration cannot go on, or showed something that must not be.</summary>
internal sealed class DemoFailedException(string message) : Exception(message);

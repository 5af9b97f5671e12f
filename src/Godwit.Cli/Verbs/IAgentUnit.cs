namespace Godwit.Cli.Verbs;

/// <summary>The service that an agent runs as.</summary>
internal interface IAgentUnit
{
    /// <summary>Stops it, and waits until it has: migrations are at a checkpoint then.</summary>
    Task<bool> StopAsync();

    /// <summary>Starts it.</summary>
    Task<bool> StartAsync();
}

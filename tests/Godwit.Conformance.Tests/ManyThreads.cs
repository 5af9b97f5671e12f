using System.Runtime.CompilerServices;

namespace Godwit.Conformance.Tests;

/// <summary>
/// The driver's monitors each block a thread of the pool, several a client and server: with the few threads a small machine begins
/// with, every new client would wait for the pool to grow.
/// </summary>
internal static class ManyThreads
{
    [ModuleInitializer]
    internal static void Allow() => ThreadPool.SetMinThreads(256, 256);
}

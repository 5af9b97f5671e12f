namespace Godwit.Cli;

/// <summary>What the process's exit code says. Documented in docs/command-line.md; scripts rely on them.</summary>
internal static class ExitCodes
{
    /// <summary>Done; for <c>verify</c>: identical.</summary>
    internal const int Success = 0;

    /// <summary>An error nobody foresaw: a bug.</summary>
    internal const int Unexpected = 1;

    /// <summary>The command line cannot be understood.</summary>
    internal const int Usage = 2;

    /// <summary>The sides differ, or equality is not proven.</summary>
    internal const int Different = 3;

    /// <summary>Preflight forbids the start; nothing was changed.</summary>
    internal const int Refused = 4;

    /// <summary>The migration stopped with a named reason; it can be resumed once that is removed.</summary>
    internal const int Stopped = 5;

    /// <summary>Stopped by Ctrl-C or <c>--pause</c>; run the same command again to go on.</summary>
    internal const int Interrupted = 130;
}

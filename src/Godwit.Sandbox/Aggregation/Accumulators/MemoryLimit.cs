using System.Globalization;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Accumulators;

/// <summary>The 100 MB that one accumulator may hold; beyond it MongoDB refuses, since these do not spill to disk.</summary>
internal static class MemoryLimit
{
    internal const int BytesMax = 100 * 1024 * 1024;

    internal static void Check(string name, long bytes)
    {
        if (bytes > BytesMax)
        {
            throw new CommandException(
                ErrorCode.ExceededMemoryLimit,
                $"{name} used too much memory and cannot spill to disk. Memory limit: {BytesMax.ToString(CultureInfo.InvariantCulture)} bytes"
            );
        }
    }
}

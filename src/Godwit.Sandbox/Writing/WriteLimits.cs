using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Writing;

/// <summary>How many statements one write command may carry.</summary>
internal static class WriteLimits
{
    private const int BatchCountMax = 100_000;

    /// <summary>Refuses an empty or too long batch.</summary>
    internal static void CheckBatch(int count)
    {
        if (count is 0 or > BatchCountMax)
        {
            throw new CommandException(
                ErrorCode.InvalidLength,
                $"Write batch sizes must be between 1 and {BatchCountMax}. Got {count} operations."
            );
        }
    }
}

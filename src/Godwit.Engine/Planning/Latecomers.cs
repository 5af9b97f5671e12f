namespace Godwit.Engine.Planning;

/// <summary>
/// Collections that the source got while the migration ran. Where an application makes new ones all the time there is always one to copy
/// or to compare: a cutover does that on the way, as long as it is little, so that it is not what keeps a migration from being in sync.
/// </summary>
internal static class Latecomers
{
    /// <summary>Copied and compared in well under a second.</summary>
    private const long BytesMax = 32 * 1024 * 1024;

    private const int CountMax = 64;

    /// <summary>
    /// Whether those that are left are latecomers, few and small. One that is not measured yet counts as small: it will be in a moment.
    /// </summary>
    internal static bool IsLittle(IEnumerable<FollowedCollection> left)
    {
        var (count, bytes) = (0, 0L);
        return left.All(one => one.IsLatecomer && ++count <= CountMax && (bytes += one.Estimate.Bytes) <= BytesMax);
    }
}

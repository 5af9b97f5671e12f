namespace Godwit.Engine.Preflight;

/// <summary>Whether writes can be blocked, and whom a block would not hold (S27, C14).</summary>
internal static class BlockChecks
{
    private const int NamesShown = 10;

    /// <summary>Whether the source can be write-blocked at the cutover.</summary>
    internal static Finding Source(ClusterFacts source) =>
        source.IsAuthorizationEnabled
            ? Finding.Passed("write-block", "The source can be write-blocked at cutover.")
            : Finding.Failed(
                "write-block",
                "The source runs without authentication: a write block would block the migration as well (S27).",
                "Leave out --write-block and stop the applications' writes yourself before cutover; late writes are watched for and named."
            );

    /// <summary>Who may write to a cluster that is write-blocked, besides the migration's own user.</summary>
    internal static Finding Bypass(ClusterFacts cluster, string side)
    {
        var id = $"write-block-bypass-{side}";
        if (cluster.UsersPassingBlock is not { } users)
        {
            return Finding.Warning(
                id,
                $"Which users of the {side} pass a write block could not be read.",
                "Make sure that no application has restore, root, or a role with bypassWriteBlockingMode; to have it checked, grant userAdminAnyDatabase."
            );
        }

        var others = users.Where(user => user != cluster.User).ToList();
        return others.Count == 0
            ? Finding.Passed(id, $"No other user of the {side} passes a write block.")
            : Finding.Warning(
                id,
                $"These users of the {side} pass a write block (restore, root, or bypassWriteBlockingMode): {List(others)}.",
                "Make sure that no application writes as one of them; what is written all the same is found and named."
            );
    }

    private static string List(List<string> names)
    {
        var more = names.Count - NamesShown;
        var text = string.Join(", ", names.Take(NamesShown));
        return more > 0 ? FormattableString.Invariant($"{text} and {more} more") : text;
    }
}

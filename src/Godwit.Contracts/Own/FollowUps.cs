using System.Text.Json.Nodes;
using Godwit.Contracts.Agents;

namespace Godwit.Contracts.Own;

/// <summary>What was asked for after a migration had ended: another comparison, or the source's write block to be lifted (P13).</summary>
internal sealed record FollowUpResource
{
    /// <summary>verify, unblockSource or copyUsers.</summary>
    public required string Action { get; init; }

    /// <summary>RUNNING, DONE or FAILED.</summary>
    public required string Status { get; init; }

    public required DateTimeOffset Requested { get; init; }

    public DateTimeOffset? Finished { get; init; }

    public ReportedFailure? Failure { get; init; }

    /// <summary>Of a comparison: identical, collections, documents, different, and the first differences. Of users and roles: of each its kind and name, whether it is there, and a remark.</summary>
    public JsonObject? Result { get; init; }
}

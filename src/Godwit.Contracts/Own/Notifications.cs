namespace Godwit.Contracts.Own;

/// <summary>Body of a new target of notifications.</summary>
/// <param name="Channel">EMAIL or WEBHOOK.</param>
/// <param name="Address">Mail address or URL.</param>
/// <param name="Events">Types of events; all if left out.</param>
internal sealed record NotificationTargetRequest(string? Channel, string? Address, IReadOnlyList<string>? Events);

/// <summary>A target of notifications.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Channel">EMAIL or WEBHOOK.</param>
/// <param name="Address">Mail address or URL.</param>
/// <param name="Events">Types of events; empty for all.</param>
/// <param name="Secret">What a webhook's messages are signed with; shown when it is made.</param>
internal sealed record NotificationTargetResource(
    string Id,
    string Channel,
    string Address,
    IReadOnlyList<string> Events,
    string? Secret
)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{Channel} {Address}";
}

/// <summary>What became of a message.</summary>
internal sealed record DeliveryResource
{
    public required string Id { get; init; }

    public required string EventTypeName { get; init; }

    public required string LiveMigrationId { get; init; }

    public required string TargetId { get; init; }

    public required string Subject { get; init; }

    /// <summary>WAITING, SENT or GIVEN_UP.</summary>
    public required string State { get; init; }

    public required int Attempts { get; init; }

    public string? LastError { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Sent { get; init; }
}

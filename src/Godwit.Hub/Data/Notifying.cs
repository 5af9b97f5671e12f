namespace Godwit.Hub.Data;

/// <summary>Who is told of a project's migrations, and how.</summary>
internal sealed class NotificationTarget
{
    internal const string Email = "EMAIL";
    internal const string Webhook = "WEBHOOK";

    public required string Id { get; init; }

    public required string ProjectId { get; init; }

    /// <summary><see cref="Email"/> or <see cref="Webhook"/>.</summary>
    public required string Channel { get; init; }

    /// <summary>Mail address or URL.</summary>
    public required string Address { get; init; }

    /// <summary>What a webhook's messages are signed with, encrypted by the key ring.</summary>
    public string? SealedSecret { get; init; }

    /// <summary>Types of events, separated by commas; empty for all.</summary>
    public required string Events { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A message to one target: recorded with what it tells of, sent later, kept as the delivery log.</summary>
internal sealed class Message
{
    internal const string Waiting = "WAITING";
    internal const string Sent = "SENT";
    internal const string GivenUp = "GIVEN_UP";

    /// <summary>The target of requests for support: the address that the Hub was started with.</summary>
    internal const string ToSupport = "support";

    public required string Id { get; init; }

    public required string ProjectId { get; init; }

    public required string MigrationId { get; init; }

    public required string TargetId { get; init; }

    /// <summary>Type of the event.</summary>
    public required string Type { get; init; }

    public required string Subject { get; init; }

    public required string Text { get; init; }

    public required string State { get; set; }

    public int Attempts { get; set; }

    public DateTimeOffset NextAttemptAt { get; set; }

    public string? LastError { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? SentAt { get; set; }
}

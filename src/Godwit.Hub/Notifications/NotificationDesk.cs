using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using MimeKit;

namespace Godwit.Hub.Notifications;

/// <summary>Who is told of a project's migrations, and what became of each message.</summary>
internal sealed class NotificationDesk(HubDatabase database, KeyRing ring, TimeProvider time)
{
    internal Task<Page<NotificationTargetResource>> ListAsync(
        Scope scope,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ReadMigrations);
        return database
            .NotificationTargets.Where(one => one.ProjectId == scope.Group.Id)
            .OrderBy(one => one.Id)
            .ReadAsync(page, one => Show(one, null), cancellationToken);
    }

    /// <summary>Adds a target; a webhook's secret is shown this once.</summary>
    internal async Task<NotificationTargetResource> AddAsync(
        Scope scope,
        NotificationTargetRequest request,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageProject);
        var isWebhook = request.Channel == NotificationTarget.Webhook;
        if (!isWebhook && request.Channel != NotificationTarget.Email)
        {
            throw Refusal.Invalid(new BadField("channel", "it is EMAIL or WEBHOOK"));
        }

        var isGood = isWebhook
            ? Uri.TryCreate(request.Address, UriKind.Absolute, out var url) && url.Scheme is "https" or "http"
            : MailboxAddress.TryParse(request.Address, out var mailbox)
                && mailbox.Address.Contains('@', StringComparison.Ordinal);
        if (!isGood)
        {
            throw Refusal.Invalid(
                new BadField("address", isWebhook ? "it is no http or https URL" : "it is no mail address")
            );
        }

        var secret = isWebhook ? JoinToken.NewSecret() : null;
        var target = new NotificationTarget
        {
            Id = ObjectIds.New(time),
            ProjectId = scope.Group.Id,
            Channel = request.Channel!,
            Address = request.Address!,
            SealedSecret = secret is null ? null : ring.Seal(secret, KeyRing.Webhooks),
            Events = string.Join(',', request.Events ?? []),
            CreatedAt = time.GetUtcNow(),
        };
        _ = database.Add(target);
        Audit.Add(scope, database, time, "NOTIFICATION_TARGET_ADDED", new { target.Channel, target.Address });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return Show(target, secret);
    }

    internal async Task RemoveAsync(Scope scope, string targetId, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ManageProject);
        var target = await database.NotificationTargets.FindAsync([targetId], cancellationToken).ConfigureAwait(false);
        if (target?.ProjectId != scope.Group.Id)
        {
            throw Refusal.NotFound("notification target", targetId);
        }

        _ = database.Remove(target);
        Audit.Add(scope, database, time, "NOTIFICATION_TARGET_REMOVED", new { target.Channel, target.Address });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The delivery log, newest first.</summary>
    internal Task<Page<DeliveryResource>> ListDeliveriesAsync(
        Scope scope,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ReadMigrations);
        return database
            .Messages.Where(one => one.ProjectId == scope.Group.Id)
            .OrderByDescending(one => one.CreatedAt)
            .ThenByDescending(one => one.Id)
            .ReadAsync(page, Show, cancellationToken);
    }

    private static DeliveryResource Show(Message one) =>
        new()
        {
            Id = one.Id,
            EventTypeName = one.Type,
            LiveMigrationId = one.MigrationId,
            TargetId = one.TargetId,
            Subject = one.Subject,
            State = one.State,
            Attempts = one.Attempts,
            LastError = one.LastError,
            Created = one.CreatedAt,
            Sent = one.SentAt,
        };

    private static NotificationTargetResource Show(NotificationTarget target, string? secret) =>
        new(
            target.Id,
            target.Channel,
            target.Address,
            target.Events.Split(',', StringSplitOptions.RemoveEmptyEntries),
            secret
        );
}

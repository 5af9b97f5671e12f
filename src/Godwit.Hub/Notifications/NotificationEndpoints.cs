using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MimeKit;

namespace Godwit.Hub.Notifications;

/// <summary>Who is told of a project's migrations, and what became of each message.</summary>
internal static class NotificationEndpoints
{
    private const string Path = "/api/godwit/v1/groups/{groupId}/notifications";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        _ = routes.MapGet(Path, ListAsync).Needs(Operation.ReadMigrations);
        _ = routes.MapPost(Path, AddAsync).Needs(Operation.ManageProject);
        _ = routes.MapDelete($"{Path}/{{targetId}}", RemoveAsync).Needs(Operation.ManageProject);
        _ = routes.MapGet($"{Path}/deliveries", ListDeliveriesAsync).Needs(Operation.ReadMigrations);
    }

    private static async Task<IResult> ListAsync(HttpContext http, HubDatabase database)
    {
        var projectId = http.Scope().Group.Id;
        var targets = database.NotificationTargets.Where(one => one.ProjectId == projectId).OrderBy(one => one.Id);
        return new Answer(await Paging.ReadAsync(http, targets, one => Show(one, null)).ConfigureAwait(false));
    }

    private static async Task<IResult> AddAsync(
        HttpContext http,
        HubDatabase database,
        KeyRing ring,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var body = await Body.ReadAsync<NewTarget>(http.Request).ConfigureAwait(false);
        var isWebhook = body.Channel == NotificationTarget.Webhook;
        if (!isWebhook && body.Channel != NotificationTarget.Email)
        {
            throw Refusal.Invalid(new BadField("channel", "it is EMAIL or WEBHOOK"));
        }

        var isGood = isWebhook
            ? Uri.TryCreate(body.Address, UriKind.Absolute, out var url) && url.Scheme is "https" or "http"
            : MailboxAddress.TryParse(body.Address, out var mailbox)
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
            ProjectId = http.Scope().Group.Id,
            Channel = body.Channel!,
            Address = body.Address!,
            SealedSecret = secret is null ? null : ring.Seal(secret, KeyRing.Webhooks),
            Events = string.Join(',', body.Events ?? []),
            CreatedAt = time.GetUtcNow(),
        };
        _ = database.Add(target);
        Audit.Add(http, database, time, "NOTIFICATION_TARGET_ADDED", new { target.Channel, target.Address });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return new Answer(Show(target, secret), StatusCodes.Status201Created);
    }

    private static async Task<IResult> RemoveAsync(
        string targetId,
        HttpContext http,
        HubDatabase database,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var target = await database.NotificationTargets.FindAsync([targetId], cancellationToken).ConfigureAwait(false);
        if (target?.ProjectId != http.Scope().Group.Id)
        {
            throw Refusal.NotFound("notification target", targetId);
        }

        _ = database.Remove(target);
        Audit.Add(http, database, time, "NOTIFICATION_TARGET_REMOVED", new { target.Channel, target.Address });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return Answer.Nothing();
    }

    private static async Task<IResult> ListDeliveriesAsync(HttpContext http, HubDatabase database)
    {
        var projectId = http.Scope().Group.Id;
        var messages = database
            .Messages.Where(one => one.ProjectId == projectId)
            .OrderByDescending(one => one.CreatedAt)
            .ThenByDescending(one => one.Id);
        return new Answer(
            await Paging
                .ReadAsync(
                    http,
                    messages,
                    one => new
                    {
                        one.Id,
                        EventTypeName = one.Type,
                        LiveMigrationId = one.MigrationId,
                        one.TargetId,
                        one.Subject,
                        one.State,
                        one.Attempts,
                        one.LastError,
                        Created = one.CreatedAt,
                        Sent = one.SentAt,
                    }
                )
                .ConfigureAwait(false)
        );
    }

    private static object Show(NotificationTarget target, string? secret) =>
        new
        {
            target.Id,
            target.Channel,
            target.Address,
            Events = target.Events.Split(',', StringSplitOptions.RemoveEmptyEntries),
            Secret = secret,
        };

    private sealed record NewTarget(string? Channel, string? Address, IReadOnlyList<string>? Events);
}

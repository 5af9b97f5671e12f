using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using MailKit;
using MailKit.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Hub.Notifications;

/// <summary>Sends what stands in the outbox, again and again until it is taken or given up after days.</summary>
internal sealed partial class Postman(
    IDbContextFactory<HubDatabase> databases,
    HubOptions options,
    WebhookSender webhooks,
    MailSender mails,
    Outbox outbox,
    TimeProvider time,
    ILogger<Postman> logger
) : BackgroundService
{
    private const int AttemptsMax = 12;
    private const int AtOnce = 20;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(6);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await SendDueAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception unforeseen) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, unforeseen);
            }

            await outbox.Queued.WaitAsync(LookEvery, stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task SendDueAsync(CancellationToken cancellationToken)
    {
        var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            var now = time.GetUtcNow();
            var due = await database
                .Messages.Where(one => one.State == Message.Waiting && one.NextAttemptAt <= now)
                .OrderBy(one => one.NextAttemptAt)
                .Take(AtOnce)
                .ToListAsync(cancellationToken)
                .ConfigureAwait(false);
            foreach (var message in due)
            {
                var target =
                    message.TargetId == Message.ToSupport
                        ? Support(message)
                        : await database
                            .NotificationTargets.FindAsync([message.TargetId], cancellationToken)
                            .ConfigureAwait(false);
                Note(message, await TrySendAsync(target, message, cancellationToken).ConfigureAwait(false));
                _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whoever this Hub asks for help; named where it is started, not by people of a project.</summary>
    private NotificationTarget? Support(Message message) =>
        options.SupportAddress is { } address
            ? new()
            {
                Id = Message.ToSupport,
                ProjectId = message.ProjectId,
                Channel = NotificationTarget.Email,
                Address = address,
                Events = "",
            }
            : null;

    private async Task<string?> TrySendAsync(
        NotificationTarget? target,
        Message message,
        CancellationToken cancellationToken
    )
    {
        if (target is null)
        {
            message.Attempts = AttemptsMax;
            return "its target was removed";
        }

        try
        {
            await (
                target.Channel == NotificationTarget.Email
                    ? mails.SendAsync(target, message, cancellationToken)
                    : webhooks.SendAsync(target, message, cancellationToken)
            ).ConfigureAwait(false);
            return null;
        }
        catch (Exception refused)
            when (refused
                    is HttpRequestException
                        or IOException
                        or System.Net.Sockets.SocketException
                        or TaskCanceledException
                        or ProtocolException
                        or CommandException
                        or ServiceNotConnectedException
                        or AuthenticationException
                && !cancellationToken.IsCancellationRequested
            )
        {
            return refused.Message;
        }
    }

    private void Note(Message message, string? error)
    {
        var now = time.GetUtcNow();
        message.LastError = error;
        message.Attempts++;
        if (error is null)
        {
            (message.State, message.SentAt) = (Message.Sent, now);
            return;
        }

        message.State = message.Attempts >= AttemptsMax ? Message.GivenUp : Message.Waiting;
        var wait = FirstWait * Math.Pow(2, message.Attempts - 1);
        message.NextAttemptAt = now + (wait < LongestWait ? wait : LongestWait);
    }

    [LoggerMessage(131, LogLevel.Error, "The outbox could not be read")]
    private static partial void LogFailed(ILogger logger, Exception error);
}

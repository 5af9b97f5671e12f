using System.Net;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Godwit.Hub.Notifications;

/// <summary>Sends messages as mail, in plain text and HTML.</summary>
internal sealed class MailSender(HubOptions options, HubAddress address, OutboundRule rule)
{
    /// <exception cref="IOException">There is no server to hand mail in at, or none that may be reached.</exception>
    internal async Task SendAsync(NotificationTarget target, Message message, CancellationToken cancellationToken)
    {
        var server = options.Smtp ?? throw new IOException("this Hub has no mail server: start it with --smtp");
        using var mail = Compose(target, message);
        using var client = new SmtpClient();
        var isEncrypted = server.Scheme == "smtps";
        var port = server.Port > 0 ? server.Port : 25;
        var socket = await rule.ConnectAsync(server.Host, port, cancellationToken).ConfigureAwait(false);
        await client
            .ConnectAsync(
                socket,
                server.Host,
                port,
                isEncrypted ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTlsWhenAvailable,
                cancellationToken
            )
            .ConfigureAwait(false);
        if (server.UserInfo.Split(':') is [{ Length: > 0 } user, var password])
        {
            await client
                .AuthenticateAsync(
                    new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password)),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        _ = await client.SendAsync(mail, cancellationToken).ConfigureAwait(false);
        await client.DisconnectAsync(quit: true, cancellationToken).ConfigureAwait(false);
    }

    private MimeMessage Compose(NotificationTarget target, Message message)
    {
        var mail = new MimeMessage { Subject = $"Live Migration: {message.Subject}" };
        mail.From.Add(MailboxAddress.Parse(options.MailFrom));
        mail.To.Add(MailboxAddress.Parse(target.Address));
        var link = address.Url.Under(
            message.MigrationId.Length > 0
                ? $"/projects/{message.ProjectId}/migrations/{message.MigrationId}"
                : $"/projects/{message.ProjectId}/migrations"
        );
        mail.Body = new BodyBuilder
        {
            TextBody =
                $"{message.Text}\n\nSee it here: {link}\n\nMigration {message.MigrationId} in project {message.ProjectId}\n",
            HtmlBody =
                $"<p style=\"white-space:pre-wrap\">{WebUtility.HtmlEncode(message.Text)}</p><p><a href=\"{WebUtility.HtmlEncode(link.ToString())}\">See it in the Hub</a></p><p>Migration {message.MigrationId} in project {message.ProjectId}</p>",
        }.ToMessageBody();
        return mail;
    }
}

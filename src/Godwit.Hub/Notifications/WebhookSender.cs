using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Godwit.Contracts;
using Godwit.Hub.Access;
using Godwit.Hub.Data;

namespace Godwit.Hub.Notifications;

/// <summary>Sends messages as signed requests: HMAC-SHA256 over time and body, by the target's own secret.</summary>
internal sealed class WebhookSender(OutboundRule rule, KeyRing ring, TimeProvider time) : IDisposable
{
    internal const string SignatureHeader = "X-Godwit-Signature";
    internal const string TimeHeader = "X-Godwit-Timestamp";

    private readonly HttpClient client = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            ConnectCallback = async (context, cancellationToken) =>
                new NetworkStream(
                    await rule.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken)
                        .ConfigureAwait(false),
                    ownsSocket: true
                ),
        }
    )
    {
        Timeout = TimeSpan.FromSeconds(15),
    };

    /// <exception cref="HttpRequestException">It was not taken.</exception>
    internal async Task SendAsync(NotificationTarget target, Message message, CancellationToken cancellationToken)
    {
        var body = ApiJson.Write(
            new
            {
                message.Id,
                EventTypeName = message.Type,
                GroupId = message.ProjectId,
                LiveMigrationId = message.MigrationId,
                Created = message.CreatedAt,
                message.Subject,
                message.Text,
            }
        );
        var stamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, target.Address);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Add(TimeHeader, stamp);
        request.Headers.Add(SignatureHeader, Sign(ring.Open(target.SealedSecret!, KeyRing.Webhooks), stamp, body));
        using var answer = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        _ = answer.EnsureSuccessStatusCode();
    }

    internal static string Sign(string secret, string stamp, string body) =>
        $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{stamp}.{body}")))}";

    public void Dispose() => client.Dispose();
}

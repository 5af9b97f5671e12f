using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;

namespace Godwit.Agent.Identity;

/// <summary>Single requests of a host to its Hub: joining, renewing, asking why it is not let in.</summary>
internal sealed class HubCalls : IDisposable
{
    private readonly HttpClient client;

    internal HubCalls(Uri hub, string? authority, X509Certificate2? credential)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new()
            {
                RemoteCertificateValidationCallback = HubTrust.Validation(authority),
                ClientCertificates = credential is null ? null : [credential],
            },
        };
        client = new(handler) { BaseAddress = hub, Timeout = TimeSpan.FromSeconds(30) };
    }

    internal Task<JoinAnswer> JoinAsync(JoinRequest request, CancellationToken cancellationToken) =>
        PostAsync<JoinRequest, JoinAnswer>(AgentRoutes.Join, request, cancellationToken);

    internal Task<RenewAnswer> RenewAsync(RenewRequest request, CancellationToken cancellationToken) =>
        PostAsync<RenewRequest, RenewAnswer>(AgentRoutes.Renew, request, cancellationToken);

    /// <summary>A key for a further host of this organisation; it works once, for an hour.</summary>
    internal async Task<string> InviteAsync(CancellationToken cancellationToken) =>
        (
            await PostAsync<object, HostKeyResource>(AgentRoutes.HostKeys, new { }, cancellationToken)
                .ConfigureAwait(false)
        ).HostKey;

    /// <summary>Says whether sizes of databases may be asked for in a source project (A08).</summary>
    internal Task<StatisticsRequest> SetStatisticsAsync(
        StatisticsRequest request,
        CancellationToken cancellationToken
    ) => PostAsync<StatisticsRequest, StatisticsRequest>(AgentRoutes.Statistics, request, cancellationToken);

    /// <exception cref="AgentException">The Hub does not let this host in, and says why.</exception>
    internal async Task<SelfAnswer> CheckAsync(CancellationToken cancellationToken)
    {
        using var answer = await client.GetAsync(AgentRoutes.Self, cancellationToken).ConfigureAwait(false);
        await RequireAsync(answer, cancellationToken).ConfigureAwait(false);
        return await answer
                .Content.ReadFromJsonAsync<SelfAnswer>(ApiJson.Lenient, cancellationToken)
                .ConfigureAwait(false)
            ?? throw new JsonException("the answer is null");
    }

    public void Dispose() => client.Dispose();

    private async Task<TAnswer> PostAsync<TRequest, TAnswer>(
        string path,
        TRequest request,
        CancellationToken cancellationToken
    )
    {
        using var answer = await client
            .PostAsJsonAsync(path, request, ApiJson.Options, cancellationToken)
            .ConfigureAwait(false);
        await RequireAsync(answer, cancellationToken).ConfigureAwait(false);
        return await answer.Content.ReadFromJsonAsync<TAnswer>(ApiJson.Lenient, cancellationToken).ConfigureAwait(false)
            ?? throw new JsonException("the answer is null");
    }

    private static async Task RequireAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (answer.IsSuccessStatusCode)
        {
            return;
        }

        if (answer.StatusCode >= HttpStatusCode.InternalServerError)
        {
            throw new HttpRequestException($"the Hub answers {(int)answer.StatusCode}");
        }

        ApiError? error = null;
        try
        {
            error = await answer
                .Content.ReadFromJsonAsync<ApiError>(ApiJson.Lenient, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (JsonException)
        {
            // A proxy's page, or something that is no Hub at all: the status is all there is.
        }

        throw new AgentException(
            error?.ErrorCode ?? "NOT_A_HUB",
            error?.Detail ?? $"What answers there is no Hub: status {(int)answer.StatusCode}."
        );
    }
}

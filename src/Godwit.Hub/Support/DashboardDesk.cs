using System.Text.Json;
using Godwit.Contracts.Agents;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Links;
using Godwit.Hub.Migrations;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Support;

/// <summary>
/// Orleans' dashboard of the hosts that share a migration, as its leading host tells it over the connection that it keeps. The Hub is no part
/// of the hosts' cluster and needs no way to them.
/// </summary>
internal sealed class DashboardDesk(HubDatabase database, MigrationDesk migrations, ConnectedHosts connected)
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(10);

    /// <returns>JSON.</returns>
    internal async Task<string> AskAsync(
        Scope scope,
        string migrationId,
        DashboardQuestion question,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.InspectHosts);
        var host = await FindHostAsync(scope, migrationId, cancellationToken).ConfigureAwait(false);
        if (!question.IsAllowed)
        {
            throw Refusal.NotFound("figures of the dashboard", question.Figures);
        }

        OutdatedHosts.Require(host, HostAbilities.ShowDashboard);
        var answer =
            await TryAskAsync(host, question, cancellationToken).ConfigureAwait(false)
            ?? throw Refusal.Conflict("MIGRATION_HOST_AWAY", $"{host.Name} does not answer just now.");
        return answer.Status == StatusCodes.Status200OK && IsJson(answer.Text)
            ? answer.Text
            : throw Refusal.Conflict("DASHBOARD_NOT_THERE", $"{host.Name} says: {answer.Text}");
    }

    /// <summary>That there is such a migration, and the caller may see its hosts.</summary>
    internal async Task RequireAsync(Scope scope, string migrationId, CancellationToken cancellationToken)
    {
        scope.Require(Operation.InspectHosts);
        _ = await FindHostAsync(scope, migrationId, cancellationToken).ConfigureAwait(false);
    }

    private async Task<MigrationHost> FindHostAsync(
        Scope scope,
        string migrationId,
        CancellationToken cancellationToken
    )
    {
        var view = await migrations.GetAsync(scope, migrationId, cancellationToken).ConfigureAwait(false);
        return await database
            .Hosts.AsNoTracking()
            .FirstAsync(one => one.Id == view.State.Plan.HostId, cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task<DashboardAnswer?> TryAskAsync(
        MigrationHost host,
        DashboardQuestion question,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerMax);
        try
        {
            return await connected.AskAsync(host.Id, question, limit.Token).ConfigureAwait(false);
        }
        catch (Exception away)
            when (away is IOException or OperationCanceledException or Microsoft.AspNetCore.SignalR.HubException
                && !cancellationToken.IsCancellationRequested
            )
        {
            // It has gone in the middle, or failed at it.
            return null;
        }
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var _ = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

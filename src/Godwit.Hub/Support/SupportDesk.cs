using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Engine.Mongo.Connections;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Godwit.Hub.Migrations;
using Godwit.Hub.Notifications;
using Godwit.Hub.Validation;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Support;

/// <summary>Packs what is known of a migration for whoever helps with it (E06): no secret is in it, sealed ones neither.</summary>
internal sealed class SupportDesk(
    HubDatabase database,
    MigrationDesk migrations,
    EventDesk events,
    HubLog log,
    HubOptions options,
    Outbox outbox,
    TimeProvider time
)
{
    private const int SummaryMax = 200;
    private const int DetailsMax = 20_000;
    private static readonly JsonSerializerOptions Indented = new(ApiJson.Options) { WriteIndented = true };

    /// <summary>The archive's bytes.</summary>
    internal async Task<byte[]> PackAsync(Scope scope, string migrationId, CancellationToken cancellationToken)
    {
        scope.Require(Operation.PackSupport);
        var view = await migrations.GetAsync(scope, migrationId, cancellationToken).ConfigureAwait(false);
        var plan = view.State.Plan;
        using var bytes = new MemoryStream();
        var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true);
        await using (archive.ConfigureAwait(false))
        {
            Add(archive, "versions.json", new { Hub = HubVersion.Text, Packed = time.GetUtcNow() });
            Add(archive, "migration.json", view.ToOwn());
            Add(
                archive,
                "request.json",
                new
                {
                    Source = plan.Source with
                    {
                        SealedPassword = null,
                    },
                    plan.HostName,
                    plan.ClusterName,
                    plan.BlocksSource,
                    plan.AcceptsVersion,
                    plan.Sharding,
                }
            );
            var history = await events
                .OfMigrationAsync(scope, migrationId, new(1, PageRequest.SizeMax), cancellationToken)
                .ConfigureAwait(false);
            Add(archive, "events.json", history.Results);
            Add(archive, "host.json", await FindHostAsync(plan.HostId, cancellationToken).ConfigureAwait(false));
            Add(
                archive,
                "validations.json",
                await FindChecksAsync(scope, view.State, cancellationToken).ConfigureAwait(false)
            );
            if (view.Report?.Report is { } report)
            {
                AddText(archive, "report.json", report);
            }

            AddText(archive, "hub.log", string.Join('\n', log.Recent));
        }

        Audit.Add(scope, database, time, "SUPPORT_BUNDLE_PACKED", null, migrationId);
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return bytes.ToArray();
    }

    /// <summary>Hands a request for support to the outbox, with what is known of the migration it is about (E06).</summary>
    internal async Task RequestAsync(Scope scope, SupportRequest request, CancellationToken cancellationToken)
    {
        scope.Require(Operation.PackSupport);
        if (options.SupportAddress is null)
        {
            throw Refusal.Conflict(
                "SUPPORT_ADDRESS_MISSING",
                "This Hub was started without --support-address: download the request and hand it on."
            );
        }

        var priority = request.Priority is "MEDIUM" or "HIGH"
            ? request.Priority
            : throw Refusal.Invalid(new BadField("priority", "it is MEDIUM or HIGH"));
        if (request.Summary is not { Length: > 0 and <= SummaryMax } summary || summary.Any(char.IsControl))
        {
            throw Refusal.Invalid(new BadField("summary", "it has 1 to 200 characters"));
        }

        if (request.Details is not { Length: > 0 and <= DetailsMax } details)
        {
            throw Refusal.Invalid(new BadField("details", "it has 1 to 20000 characters"));
        }

        var about = request.LiveMigrationId is { Length: > 0 } id
            ? (await migrations.GetAsync(scope, id, cancellationToken).ConfigureAwait(false)).ToOwn()
            : null;
        var now = time.GetUtcNow();
        _ = database.Add(
            new Message
            {
                Id = ObjectIds.New(time),
                ProjectId = scope.Group.Id,
                MigrationId = about?.Id ?? "",
                TargetId = Message.ToSupport,
                Type = "SUPPORT_REQUESTED",
                Subject = summary,
                Text = SecretText.OfText(
                    $"Help with live migration, {priority} priority, from {scope.Caller.Name} of {scope.Organization.Name}, Hub {HubVersion.Text}\n\n{details}\n\n{(about is null ? "" : JsonSerializer.Serialize(about, Indented))}"
                ),
                State = Message.Waiting,
                NextAttemptAt = now,
                CreatedAt = now,
            }
        );
        Audit.Add(scope, database, time, "SUPPORT_REQUESTED", new { summary, priority }, about?.Id);
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        outbox.Queued.Ring();
    }

    private async Task<object> FindHostAsync(string hostId, CancellationToken cancellationToken)
    {
        var host = await database
            .Hosts.AsNoTracking()
            .FirstAsync(one => one.Id == hostId, cancellationToken)
            .ConfigureAwait(false);
        return new
        {
            host.Name,
            host.Address,
            host.LastContactAt,
            Report = ApiJson.Read<HostReport>(host.Report),
        };
    }

    private async Task<object> FindChecksAsync(
        Scope scope,
        MigrationState migration,
        CancellationToken cancellationToken
    )
    {
        var records = await database
            .Validations.AsNoTracking()
            .Where(one => one.ProjectId == scope.Group.Id && one.HostId == migration.Plan.HostId)
            .OrderByDescending(one => one.CreatedAt)
            .Take(10)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return records
            .Select(one => new Validated(one.Id, one.ProjectId, ApiJson.Read<ValidationState>(one.State)))
            .Where(one => one.State.Plan.IsSameAs(migration.Plan))
            .Select(one => one.ToOwn())
            .ToList();
    }

    private static void Add(ZipArchive archive, string name, object value) =>
        AddText(archive, name, JsonSerializer.Serialize(value, value.GetType(), Indented));

    private static void AddText(ZipArchive archive, string name, string text)
    {
        using var stream = archive.CreateEntry(name).Open();
        stream.Write(Encoding.UTF8.GetBytes(SecretText.OfText(text)));
    }
}

using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Engine.Mongo.Connections;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Godwit.Hub.Migrations;
using Godwit.Hub.Validation;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Support;

/// <summary>Packs what is known of a migration for whoever helps with it (E06): no secret is in it, sealed ones neither.</summary>
internal sealed class SupportDesk(
    HubDatabase database,
    MigrationDesk migrations,
    EventDesk events,
    HubLog log,
    TimeProvider time
)
{
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

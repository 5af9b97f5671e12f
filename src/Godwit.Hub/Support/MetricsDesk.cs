using System.Globalization;
using System.Text;
using Godwit.Contracts.Agents;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Godwit.Hub.Links;
using Godwit.Hub.Migrations;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Support;

/// <summary>An organisation's migrations and hosts as Prometheus reads them (F04).</summary>
internal sealed class MetricsDesk(HubDatabase database, HubOptions options, TimeProvider time)
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly (string Name, string Kind, string Help, Func<MigrationView, double?> Of)[] OfMigrations =
    [
        (
            "godwit_migration_active",
            "gauge",
            "1 while something is left to do for the migration.",
            view => view.State.Stage == MigrationStage.Ended ? 0 : 1
        ),
        (
            "godwit_migration_ready_for_cutover",
            "gauge",
            "1 if a cutover asked for now would begin.",
            view => view.CanCutOver ? 1 : 0
        ),
        (
            "godwit_migration_failed",
            "gauge",
            "1 if the migration has failed.",
            view => view.State.Outcome == MigrationOutcome.Failed ? 1 : 0
        ),
        (
            "godwit_migration_lag_seconds",
            "gauge",
            "How far the destination is behind.",
            view => view.Report?.Progress?.LagSeconds
        ),
        (
            "godwit_migration_documents_copied_total",
            "counter",
            "Documents written by the copy.",
            view => view.Report?.Progress?.DocumentsCopied
        ),
        (
            "godwit_migration_bytes_copied_total",
            "counter",
            "Bytes written by the copy.",
            view => view.Report?.Progress?.BytesCopied
        ),
        ("godwit_migration_bytes_estimated", "gauge", "Bytes to copy.", view => view.Report?.Progress?.BytesEstimated),
        (
            "godwit_migration_events_applied_total",
            "counter",
            "Change events applied.",
            view => view.Report?.Progress?.EventsApplied
        ),
        (
            "godwit_migration_differences_total",
            "counter",
            "Differences that the comparison has found.",
            view => view.Report?.Progress?.Differences
        ),
        (
            "godwit_migration_source_history_left_seconds",
            "gauge",
            "How long a pause may last before the source's oplog is overwritten.",
            view => view.Report?.Progress?.HistoryLeftSeconds
        ),
        (
            "godwit_migration_deadline_timestamp_seconds",
            "gauge",
            "When the migration expires.",
            view => view.State.DeadlineAt?.ToUnixTimeSeconds()
        ),
    ];

    private static readonly (string Name, string Kind, string Help, Func<ReportedWorker, double?> Of)[] OfWorkers =
    [
        (
            "godwit_migration_host_leads",
            "gauge",
            "1 for the host that leads a migration that several share.",
            one => one.Leads ? 1 : 0
        ),
        (
            "godwit_migration_host_ranges",
            "gauge",
            "Ranges of documents that a host works on for the one that leads.",
            one => one.Ranges
        ),
        (
            "godwit_migration_host_documents_copied_total",
            "counter",
            "Documents that a host has copied of a migration that several share.",
            one => one.DocumentsCopied
        ),
        (
            "godwit_migration_host_bytes_copied_total",
            "counter",
            "Bytes of the documents that a host has copied.",
            one => one.BytesCopied
        ),
        (
            "godwit_migration_host_documents_compared_total",
            "counter",
            "Documents that a host has compared for the one that leads.",
            one => one.DocumentsCompared
        ),
        (
            "godwit_migration_host_change_streams",
            "gauge",
            "Change streams that a host reads of a migration that several share.",
            one => one.Streams
        ),
        (
            "godwit_migration_host_changes_written_total",
            "counter",
            "Changes that a host has written of a migration that several share.",
            one => one.ChangesWritten
        ),
        (
            "godwit_migration_host_change_bytes_written_total",
            "counter",
            "Bytes of the changes that a host has written.",
            one => one.ChangeBytesWritten
        ),
        (
            "godwit_migration_host_starts_total",
            "counter",
            "How often the agent of a host was started meanwhile.",
            one => one.Starts
        ),
        (
            "godwit_migration_host_faulty",
            "gauge",
            "1 if a host does nothing, or its last range failed there.",
            one => one.Fault is null ? 0 : 1
        ),
    ];

    internal async Task<string> WriteAsync(Scope scope, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ReadOrganizationMetrics);
        var projects = await database
            .Projects.Where(one => one.OrganizationId == scope.Organization.Id)
            .Select(one => one.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var records = await database
            .Migrations.AsNoTracking()
            .Where(one => projects.Contains(one.ProjectId))
            .OrderBy(one => one.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var views = records.ConvertAll(record => (record.ProjectId, View: new MigrationView(record)));
        var text = new StringBuilder();
        foreach (var (name, kind, help, of) in OfMigrations)
        {
            Begin(text, name, kind, help);
            foreach (var (projectId, view) in views)
            {
                if (of(view) is { } value)
                {
                    Line(text, name, [("migration", view.State.Id), ("group", projectId)], value);
                }
            }
        }

        foreach (var (name, kind, help, of) in OfWorkers)
        {
            Begin(text, name, kind, help);
            foreach (var (_, view) in views)
            {
                foreach (var one in view.Report?.Progress?.Hosts ?? [])
                {
                    if (of(one) is { } value)
                    {
                        Line(text, name, [("migration", view.State.Id), ("host", one.Name)], value);
                    }
                }
            }
        }

        await WriteHostsAsync(text, scope, cancellationToken).ConfigureAwait(false);
        return text.ToString();
    }

    private async Task WriteHostsAsync(StringBuilder text, Scope scope, CancellationToken cancellationToken)
    {
        const string name = "godwit_host_connected";
        var sources = await AvailableProjects
            .SourcesAsync(database, scope.Organization.Id, cancellationToken)
            .ConfigureAwait(false);
        var hosts = await database
            .Hosts.AsNoTracking()
            .Where(host => sources.Contains(host.OrganizationId) && host.RevokedAt == null)
            .OrderBy(host => host.Name)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        Begin(text, name, "gauge", "1 while the migration host calls.");
        foreach (var host in hosts)
        {
            var isThere = time.GetUtcNow() - host.LastContactAt <= options.SilenceMax;
            Line(text, name, [("host", host.Name)], isThere ? 1 : 0);
        }
    }

    private static void Begin(StringBuilder text, string name, string kind, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {kind}\n");

    private static void Line(StringBuilder text, string name, (string Name, string Value)[] labels, double value)
    {
        var named = labels.Select(label => $"{label.Name}=\"{Escape(label.Value)}\"");
        _ = text.Append(CultureInfo.InvariantCulture, $"{name}{{{string.Join(',', named)}}} {value}\n");
    }

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}

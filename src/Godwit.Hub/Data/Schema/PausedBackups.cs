using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Godwit.Hub.Data.Schema;

/// <summary>Schedules of backups that are paused while a migration runs.</summary>
[DbContext(typeof(HubDatabase))]
[Migration("0007_PausedBackups")]
internal sealed class PausedBackups : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.AddColumn<string>("PausedBackups", "Clusters", nullable: true);
}

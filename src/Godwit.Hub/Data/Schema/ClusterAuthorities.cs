using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Godwit.Hub.Data.Schema;

/// <summary>Authorities that destinations are known by.</summary>
[DbContext(typeof(HubDatabase))]
[Migration("0004_ClusterAuthorities")]
internal sealed class ClusterAuthorities : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.AddColumn<string>("Authority", "Clusters", nullable: true);
}

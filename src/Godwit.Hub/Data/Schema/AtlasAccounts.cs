using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Godwit.Hub.Data.Schema;

/// <summary>Connections with Atlas, and what it says of clusters.</summary>
[DbContext(typeof(HubDatabase))]
[Migration("0006_AtlasAccounts")]
internal sealed class AtlasAccounts : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        _ = migrationBuilder.CreateTable(
            "AtlasAccounts",
            table => new
            {
                Id = table.Column<string>(),
                ProjectId = table.Column<string>(),
                AtlasGroupId = table.Column<string>(),
                Name = table.Column<string>(),
                IsServiceAccount = table.Column<bool>(),
                PublicId = table.Column<string>(),
                SealedSecret = table.Column<string>(),
                RefreshedAt = table.Column<long>(),
            },
            constraints: table => table.PrimaryKey("PK_AtlasAccounts", one => one.Id)
        );
        _ = migrationBuilder.CreateIndex("IX_AtlasAccounts_ProjectId", "AtlasAccounts", "ProjectId", unique: true);
        _ = migrationBuilder.AddColumn<string>("AtlasAccountId", "Clusters", nullable: true);
        _ = migrationBuilder.AddColumn<string>("ProviderFacts", "Clusters", nullable: true);
    }
}

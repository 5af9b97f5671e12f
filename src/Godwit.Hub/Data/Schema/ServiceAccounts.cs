using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Godwit.Hub.Data.Schema;

/// <summary>Service accounts and their secrets.</summary>
[DbContext(typeof(HubDatabase))]
[Migration("0005_ServiceAccounts")]
internal sealed class ServiceAccounts : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        _ = migrationBuilder.CreateTable(
            "ServiceAccounts",
            table => new
            {
                Id = table.Column<string>(),
                OrganizationId = table.Column<string>(),
                ClientId = table.Column<string>(),
                Name = table.Column<string>(),
                Description = table.Column<string>(),
                CreatedAt = table.Column<long>(),
            },
            constraints: table => table.PrimaryKey("PK_ServiceAccounts", one => one.Id)
        );
        _ = migrationBuilder.CreateIndex("IX_ServiceAccounts_ClientId", "ServiceAccounts", "ClientId", unique: true);
        _ = migrationBuilder.CreateIndex("IX_ServiceAccounts_OrganizationId", "ServiceAccounts", "OrganizationId");
        _ = migrationBuilder.CreateTable(
            "ServiceAccountSecrets",
            table => new
            {
                Id = table.Column<string>(),
                AccountId = table.Column<string>(),
                Hash = table.Column<string>(),
                CreatedAt = table.Column<long>(),
                ExpiresAt = table.Column<long>(),
            },
            constraints: table => table.PrimaryKey("PK_ServiceAccountSecrets", one => one.Id)
        );
        _ = migrationBuilder.CreateIndex("IX_ServiceAccountSecrets_AccountId", "ServiceAccountSecrets", "AccountId");
    }
}

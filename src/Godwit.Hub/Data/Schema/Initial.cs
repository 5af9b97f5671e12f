using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Migrations.Operations.Builders;

namespace Godwit.Hub.Data.Schema;

/// <summary>
/// The first schema. Written by hand without column types, so that one migration serves every database; a test compares its outcome with
/// the model.
/// </summary>
[DbContext(typeof(HubDatabase))]
[Migration("0001_Initial")]
internal sealed class Initial : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        CreateAccess(migrationBuilder);
        CreateLinks(migrationBuilder);
        CreateMigrating(migrationBuilder);
    }

    private static void CreateAccess(MigrationBuilder schema)
    {
        _ = schema.CreateTable(
            "Organizations",
            table => new
            {
                Id = Text(table),
                Name = Text(table),
                IsSource = Flag(table),
                CreatedAt = Number(table),
            },
            constraints: table => table.PrimaryKey("PK_Organizations", one => one.Id)
        );
        _ = schema.CreateTable(
            "Projects",
            table => new
            {
                Id = Text(table),
                OrganizationId = Text(table),
                Name = Text(table),
                CollectsStatistics = Flag(table),
                CreatedAt = Number(table),
            },
            constraints: table => table.PrimaryKey("PK_Projects", one => one.Id)
        );
        _ = schema.CreateIndex("IX_Projects_OrganizationId", "Projects", "OrganizationId");
        _ = schema.CreateTable(
            "People",
            table => new
            {
                Id = Text(table),
                UserName = Text(table),
                CreatedAt = Number(table),
            },
            constraints: table => table.PrimaryKey("PK_People", one => one.Id)
        );
        _ = schema.CreateIndex("IX_People_UserName", "People", "UserName", unique: true);
        _ = schema.CreateTable(
            "SignInCodes",
            table => new
            {
                Hash = Text(table),
                PersonId = Text(table),
                ExpiresAt = Number(table),
                UsedAt = Number(table, nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_SignInCodes", one => one.Hash)
        );
        _ = schema.CreateTable(
            "ApiKeys",
            table => new
            {
                Id = Text(table),
                OrganizationId = Text(table),
                PublicKey = Text(table),
                SealedHash = Text(table),
                Ending = Text(table),
                Description = Text(table),
                CreatedAt = Number(table),
            },
            constraints: table => table.PrimaryKey("PK_ApiKeys", one => one.Id)
        );
        _ = schema.CreateIndex("IX_ApiKeys_PublicKey", "ApiKeys", "PublicKey", unique: true);
        _ = schema.CreateTable(
            "Grants",
            table => new
            {
                Id = Text(table),
                PrincipalId = Text(table),
                OrganizationId = Text(table),
                ProjectId = Text(table, nullable: true),
                Role = Text(table),
            },
            constraints: table => table.PrimaryKey("PK_Grants", one => one.Id)
        );
        _ = schema.CreateIndex("IX_Grants_PrincipalId", "Grants", "PrincipalId");
        _ = schema.CreateTable(
            "AccessEntries",
            table => new
            {
                Id = Text(table),
                OwnerId = Text(table),
                Block = Text(table),
                Comment = Text(table),
                MigrationId = Text(table, nullable: true),
                DeleteAfter = Number(table, nullable: true),
                CreatedAt = Number(table),
            },
            constraints: table => table.PrimaryKey("PK_AccessEntries", one => one.Id)
        );
        _ = schema.CreateIndex("IX_AccessEntries_OwnerId_Block", "AccessEntries", ["OwnerId", "Block"]);
        _ = schema.CreateTable(
            "Settings",
            table => new { Name = Text(table), Value = Text(table) },
            constraints: table => table.PrimaryKey("PK_Settings", one => one.Name)
        );
    }

    private static void CreateLinks(MigrationBuilder schema)
    {
        _ = schema.CreateTable(
            "Links",
            table => new
            {
                Id = Text(table),
                OrganizationId = Text(table),
                SourceOrganizationId = Text(table, nullable: true),
                SecretHash = Text(table),
                AccessList = Text(table),
                CreatedAt = Number(table),
                ExpiresAt = Number(table),
                RedeemedAt = Number(table, nullable: true),
                RevokedAt = Number(table, nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_Links", one => one.Id)
        );
        _ = schema.CreateIndex("IX_Links_OrganizationId", "Links", "OrganizationId");
        _ = schema.CreateTable(
            "HostInvitations",
            table => new
            {
                Id = Text(table),
                OrganizationId = Text(table),
                SecretHash = Text(table),
                ExpiresAt = Number(table),
                UsedAt = Number(table, nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_HostInvitations", one => one.Id)
        );
        _ = schema.CreateTable(
            "Hosts",
            table => new
            {
                Id = Text(table),
                OrganizationId = Text(table),
                Name = Text(table),
                Report = Text(table),
                SealingKey = Text(table),
                Thumbprint = Text(table),
                FormerThumbprint = Text(table, nullable: true),
                Address = Text(table),
                JoinedAt = Number(table),
                LastContactAt = Number(table),
                RevokedAt = Number(table, nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_Hosts", one => one.Id)
        );
        _ = schema.CreateIndex("IX_Hosts_OrganizationId", "Hosts", "OrganizationId");
        _ = schema.CreateTable(
            "Deployments",
            table => new
            {
                Id = Text(table),
                ProjectId = Text(table),
                Name = Text(table),
                Identity = Text(table, nullable: true),
                HostId = Text(table),
                Report = Text(table),
                ReportedAt = Number(table),
            },
            constraints: table => table.PrimaryKey("PK_Deployments", one => one.Id)
        );
        _ = schema.CreateIndex("IX_Deployments_ProjectId_Name", "Deployments", ["ProjectId", "Name"], unique: true);
    }

    private static void CreateMigrating(MigrationBuilder schema)
    {
        _ = schema.CreateTable(
            "Clusters",
            table => new
            {
                Id = Text(table),
                ProjectId = Text(table),
                Name = Text(table),
                SealedAddress = Text(table),
                ShownAddress = Text(table),
                Facts = Text(table),
                CreatedAt = Number(table),
            },
            constraints: table => table.PrimaryKey("PK_Clusters", one => one.Id)
        );
        _ = schema.CreateIndex("IX_Clusters_ProjectId_Name", "Clusters", ["ProjectId", "Name"], unique: true);
        _ = schema.CreateTable(
            "Validations",
            table => new
            {
                Id = Text(table),
                ProjectId = Text(table),
                HostId = Text(table),
                IsActive = Flag(table),
                State = Text(table),
                Version = Number(table),
                CreatedAt = Number(table),
            },
            constraints: table => table.PrimaryKey("PK_Validations", one => one.Id)
        );
        _ = schema.CreateTable(
            "Migrations",
            table => new
            {
                Id = Text(table),
                ProjectId = Text(table),
                SourceOrganizationId = Text(table),
                HostId = Text(table),
                ActiveClusterId = Text(table, nullable: true),
                IsActive = Flag(table),
                State = Text(table),
                Report = Text(table, nullable: true),
                Version = Number(table),
                CreatedAt = Number(table),
            },
            constraints: table => table.PrimaryKey("PK_Migrations", one => one.Id)
        );
        _ = schema.CreateIndex("IX_Migrations_ActiveClusterId", "Migrations", "ActiveClusterId", unique: true);
        _ = schema.CreateIndex("IX_Migrations_ProjectId", "Migrations", "ProjectId");
        _ = schema.CreateTable(
            "Events",
            table => new
            {
                Id = Text(table),
                Type = Text(table),
                OrganizationId = Text(table, nullable: true),
                ProjectId = Text(table, nullable: true),
                MigrationId = Text(table, nullable: true),
                ActorId = Text(table, nullable: true),
                ActorName = Text(table, nullable: true),
                RemoteAddress = Text(table, nullable: true),
                Details = Text(table),
                CreatedAt = Number(table),
            },
            constraints: table => table.PrimaryKey("PK_Events", one => one.Id)
        );
        _ = schema.CreateIndex("IX_Events_MigrationId", "Events", "MigrationId");
        _ = schema.CreateIndex("IX_Events_OrganizationId", "Events", "OrganizationId");
    }

    private static OperationBuilder<AddColumnOperation> Text(ColumnsBuilder table, bool nullable = false) =>
        table.Column<string>(nullable: nullable);

    private static OperationBuilder<AddColumnOperation> Number(ColumnsBuilder table, bool nullable = false) =>
        table.Column<long>(nullable: nullable);

    private static OperationBuilder<AddColumnOperation> Flag(ColumnsBuilder table) => table.Column<bool>();
}

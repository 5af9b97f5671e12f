using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Godwit.Hub.Data.Schema;

/// <summary>Targets of notifications, and the messages to them.</summary>
[DbContext(typeof(HubDatabase))]
[Migration("0002_Notifications")]
internal sealed class Notifications : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        _ = migrationBuilder.CreateTable(
            "NotificationTargets",
            table => new
            {
                Id = table.Column<string>(),
                ProjectId = table.Column<string>(),
                Channel = table.Column<string>(),
                Address = table.Column<string>(),
                SealedSecret = table.Column<string>(nullable: true),
                Events = table.Column<string>(),
                CreatedAt = table.Column<long>(),
            },
            constraints: table => table.PrimaryKey("PK_NotificationTargets", one => one.Id)
        );
        _ = migrationBuilder.CreateIndex("IX_NotificationTargets_ProjectId", "NotificationTargets", "ProjectId");
        _ = migrationBuilder.CreateTable(
            "Messages",
            table => new
            {
                Id = table.Column<string>(),
                ProjectId = table.Column<string>(),
                MigrationId = table.Column<string>(),
                TargetId = table.Column<string>(),
                Type = table.Column<string>(),
                Subject = table.Column<string>(),
                Text = table.Column<string>(),
                State = table.Column<string>(),
                Attempts = table.Column<int>(),
                NextAttemptAt = table.Column<long>(),
                LastError = table.Column<string>(nullable: true),
                CreatedAt = table.Column<long>(),
                SentAt = table.Column<long>(nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_Messages", one => one.Id)
        );
        _ = migrationBuilder.CreateIndex("IX_Messages_State_NextAttemptAt", "Messages", ["State", "NextAttemptAt"]);
        _ = migrationBuilder.CreateIndex("IX_Messages_ProjectId", "Messages", "ProjectId");
    }
}

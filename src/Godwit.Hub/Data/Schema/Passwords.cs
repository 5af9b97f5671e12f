using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Godwit.Hub.Data.Schema;

/// <summary>Passwords of people, as hashes.</summary>
[DbContext(typeof(HubDatabase))]
[Migration("0003_Passwords")]
internal sealed class Passwords : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.AddColumn<string>("PasswordHash", "People", nullable: true);
}

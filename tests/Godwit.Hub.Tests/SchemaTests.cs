using Godwit.Hub.Data;
using Godwit.Hub.Tests.Harness;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Schema migrations are written by hand: what they lead to is what the model says.</summary>
public sealed class SchemaTests
{
    [Fact]
    public async Task A_migrated_database_has_the_tables_columns_and_indexes_of_the_model()
    {
        var migrated = await DescribeAsync(database => database.Database.MigrateAsync(TestHub.Cancellation));
        var created = await DescribeAsync(database => database.Database.EnsureCreatedAsync(TestHub.Cancellation));
        created.Count.ShouldBeGreaterThan(50);
        migrated.ShouldBe(created);
    }

    private static async Task<List<string>> DescribeAsync(Func<HubDatabase, Task> make)
    {
        await using var connection = new SqliteConnection("Data Source=:memory:");
        await connection.OpenAsync(TestHub.Cancellation);
        var options = new DbContextOptionsBuilder<HubDatabase>()
            .UseSqlite(connection)
            .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning))
            .Options;
        await using var database = new HubDatabase(options);
        await make(database);
        return
        [
            .. await database
                .Database.SqlQueryRaw<string>(
                    """
                    SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk AS Value
                    FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE '\_\_%' ESCAPE '\'
                    UNION ALL
                    SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
                    ORDER BY 1
                    """
                )
                .ToListAsync(TestHub.Cancellation),
        ];
    }
}

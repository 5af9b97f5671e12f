using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Godwit.Hub.Data;

/// <summary>
/// All that the Hub keeps. What has a life of its own (migrations, validations) is one JSON document and a version, changed by compare
/// and swap; columns beside it are only what is searched for.
/// </summary>
internal sealed class HubDatabase(DbContextOptions<HubDatabase> options) : DbContext(options)
{
    public DbSet<Organization> Organizations => Set<Organization>();

    public DbSet<Project> Projects => Set<Project>();

    public DbSet<Person> People => Set<Person>();

    public DbSet<SignInCode> SignInCodes => Set<SignInCode>();

    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    public DbSet<ServiceAccount> ServiceAccounts => Set<ServiceAccount>();

    public DbSet<ServiceAccountSecret> ServiceAccountSecrets => Set<ServiceAccountSecret>();

    public DbSet<Grant> Grants => Set<Grant>();

    public DbSet<AccessEntry> AccessEntries => Set<AccessEntry>();

    public DbSet<Link> Links => Set<Link>();

    public DbSet<HostInvitation> HostInvitations => Set<HostInvitation>();

    public DbSet<MigrationHost> Hosts => Set<MigrationHost>();

    public DbSet<Deployment> Deployments => Set<Deployment>();

    public DbSet<Cluster> Clusters => Set<Cluster>();

    public DbSet<AtlasAccount> AtlasAccounts => Set<AtlasAccount>();

    public DbSet<ValidationRecord> Validations => Set<ValidationRecord>();

    public DbSet<MigrationRecord> Migrations => Set<MigrationRecord>();

    public DbSet<AuditEvent> Events => Set<AuditEvent>();

    public DbSet<NotificationTarget> NotificationTargets => Set<NotificationTarget>();

    public DbSet<Message> Messages => Set<Message>();

    public DbSet<Setting> Settings => Set<Setting>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMilliseconds>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        _ = modelBuilder.Entity<Project>().HasIndex(one => one.OrganizationId);
        _ = modelBuilder.Entity<Person>().HasIndex(one => one.UserName).IsUnique();
        _ = modelBuilder.Entity<SignInCode>().HasKey(one => one.Hash);
        _ = modelBuilder.Entity<ApiKey>().HasIndex(one => one.PublicKey).IsUnique();
        _ = modelBuilder.Entity<ServiceAccount>().HasIndex(one => one.ClientId).IsUnique();
        _ = modelBuilder.Entity<ServiceAccount>().HasIndex(one => one.OrganizationId);
        _ = modelBuilder.Entity<ServiceAccountSecret>().HasIndex(one => one.AccountId);
        _ = modelBuilder.Entity<Grant>().HasIndex(one => one.PrincipalId);
        _ = modelBuilder.Entity<AccessEntry>().HasIndex(one => new { one.OwnerId, one.Block });
        _ = modelBuilder.Entity<Link>().HasIndex(one => one.OrganizationId);
        _ = modelBuilder.Entity<MigrationHost>().HasIndex(one => one.OrganizationId);
        _ = modelBuilder.Entity<Deployment>().HasIndex(one => new { one.ProjectId, one.Name }).IsUnique();
        _ = modelBuilder.Entity<Cluster>().HasIndex(one => new { one.ProjectId, one.Name }).IsUnique();
        _ = modelBuilder.Entity<AtlasAccount>().HasIndex(one => one.ProjectId).IsUnique();
        _ = modelBuilder.Entity<ValidationRecord>().Property(one => one.Version).IsConcurrencyToken();
        _ = modelBuilder.Entity<MigrationRecord>().Property(one => one.Version).IsConcurrencyToken();
        _ = modelBuilder.Entity<MigrationRecord>().HasIndex(one => one.ActiveClusterId).IsUnique();
        _ = modelBuilder.Entity<MigrationRecord>().HasIndex(one => one.ProjectId);
        _ = modelBuilder.Entity<AuditEvent>().HasIndex(one => one.MigrationId);
        _ = modelBuilder.Entity<AuditEvent>().HasIndex(one => one.OrganizationId);
        _ = modelBuilder.Entity<NotificationTarget>().HasIndex(one => one.ProjectId);
        _ = modelBuilder.Entity<Message>().HasIndex(one => new { one.State, one.NextAttemptAt });
        _ = modelBuilder.Entity<Message>().HasIndex(one => one.ProjectId);
        _ = modelBuilder.Entity<Setting>().HasKey(one => one.Name);
    }

    /// <summary>Times as numbers, which every database sorts and compares.</summary>
    private sealed class UnixMilliseconds()
        : ValueConverter<DateTimeOffset, long>(
            time => time.ToUnixTimeMilliseconds(),
            number => DateTimeOffset.FromUnixTimeMilliseconds(number)
        );
}

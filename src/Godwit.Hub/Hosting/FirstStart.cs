using Godwit.Contracts;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Hosting;

/// <summary>
/// Brings the schema up to date; an empty database gets an administrator, an organisation and a project of theirs. Until the administrator
/// has signed in for the first time, each start makes a new sign-in link.
/// </summary>
internal sealed class FirstStart(HubDatabase database, HubOptions options, TimeProvider time)
{
    private const string AdministratorName = "admin";

    /// <summary>A code to sign in with; <see langword="null"/> once the administrator has.</summary>
    internal async Task<string?> RunAsync(CancellationToken cancellationToken)
    {
        await database.Database.MigrateAsync(cancellationToken).ConfigureAwait(false);
        var administrator = await database
            .People.FirstOrDefaultAsync(person => person.UserName == AdministratorName, cancellationToken)
            .ConfigureAwait(false);
        if (administrator is null)
        {
            administrator = Populate();
        }
        else if (
            await database
                .SignInCodes.AnyAsync(
                    code => code.PersonId == administrator.Id && code.UsedAt != null,
                    cancellationToken
                )
                .ConfigureAwait(false)
        )
        {
            return null;
        }

        var secret = SignIn.AddCode(database, administrator, options.SignInLifetime, time);
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return secret;
    }

    private Person Populate()
    {
        var now = time.GetUtcNow();
        var person = new Person
        {
            Id = ObjectIds.New(time),
            UserName = AdministratorName,
            CreatedAt = now,
        };
        var organization = new Organization
        {
            Id = ObjectIds.New(time),
            Name = "Main",
            CreatedAt = now,
        };
        var project = new Project
        {
            Id = ObjectIds.New(time),
            OrganizationId = organization.Id,
            Name = "Main",
            CreatedAt = now,
        };
        _ = database.Add(person);
        _ = database.Add(organization);
        _ = database.Add(project);
        _ = database.Add(new Setting { Name = Setting.Incarnation, Value = Guid.NewGuid().ToString() });
        database.AddRange(
            Grants.Create(time, person.Id, organization.Id, null, Role.OrganizationOwner),
            Grants.Create(time, person.Id, organization.Id, project.Id, Role.ProjectOwner)
        );
        return person;
    }
}

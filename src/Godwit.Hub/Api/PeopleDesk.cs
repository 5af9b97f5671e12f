using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Api;

/// <summary>Who is in an organisation, with which roles; new sign-in links for those who have lost theirs.</summary>
internal sealed class PeopleDesk(HubDatabase database, HubOptions options, HubAddress address, TimeProvider time)
{
    /// <summary>The organisation's people by name.</summary>
    internal async Task<IReadOnlyList<PersonResource>> ListAsync(Scope scope, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ReadOrganization);
        var grants = await database
            .Grants.AsNoTracking()
            .Where(grant => grant.OrganizationId == scope.Organization.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var ids = grants.Select(grant => grant.PrincipalId).Distinct().ToList();
        var people = await database
            .People.AsNoTracking()
            .Where(person => ids.Contains(person.Id))
            .OrderBy(person => person.UserName)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return people.ConvertAll(person => new PersonResource(
            person.Id,
            person.UserName,
            Grants.Show(person.Id, grants)
        ));
    }

    /// <summary>A new link that signs a person of the organisation in once.</summary>
    internal async Task<Uri> RenewLinkAsync(Scope scope, string personId, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ManageOrganization);
        var person = await database.People.FindAsync([personId], cancellationToken).ConfigureAwait(false);
        var roles = await database
            .Grants.Where(grant => grant.PrincipalId == personId)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        // Who signs in as somebody has all their roles: the owner of one organisation must not get at another that way.
        if (person is null || roles.Count == 0 || roles.Any(grant => grant.OrganizationId != scope.Organization.Id))
        {
            throw Refusal.NotFound("user of this organization alone,", personId);
        }

        var code = SignIn.AddCode(database, person, options.SignInLifetime, time);
        Audit.Add(scope, database, time, "USER_SIGN_IN_LINK_CREATED", new { person.Id, person.UserName });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return address.Url.Under(SignIn.PathOf(code));
    }
}

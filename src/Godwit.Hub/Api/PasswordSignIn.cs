using System.Security.Cryptography;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Api;

/// <summary>
/// Signing in by name and password. Whoever guesses is slowed down: after a few wrong ones a name has to wait, whether it exists or not.
/// </summary>
internal sealed class PasswordSignIn(IDbContextFactory<HubDatabase> databases, TimeProvider time)
{
    internal const int LengthMin = 12;
    private const int WrongMax = 5;
    private const int NamesMax = 10_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);
    private readonly PasswordHasher<Person> hasher = new();
    private readonly Lock gate = new();
    private readonly Dictionary<string, (int Count, DateTimeOffset Since)> wrong = new(StringComparer.Ordinal);

    /// <summary>Signs a person in; false if name or password are wrong, or were too often.</summary>
    internal async Task<bool> TryEnterAsync(HttpContext http, string userName, string password)
    {
        if (IsPaused(userName))
        {
            return false;
        }

        var database = await databases.CreateDbContextAsync(http.RequestAborted).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            var person = await database
                .People.FirstOrDefaultAsync(one => one.UserName == userName, http.RequestAborted)
                .ConfigureAwait(false);
            // A name that is not there takes as long as one that is.
            var hash = person?.PasswordHash ?? Nobody;
            var outcome = hasher.VerifyHashedPassword(person!, hash, password);
            if (person?.PasswordHash is null || outcome == PasswordVerificationResult.Failed)
            {
                NoteWrong(userName);
                return false;
            }

            lock (gate)
            {
                _ = wrong.Remove(userName);
            }

            var caller = new Caller(CallerKind.Person, person.Id, person.UserName);
            await http.SignInAsync(SignIn.SessionScheme, caller.ToPrincipal(SignIn.SessionScheme))
                .ConfigureAwait(false);
            Audit.Add(caller, http.RemoteAddress(), database, time, "USER_SIGNED_IN", new { person.UserName });
            _ = await database.SaveChangesAsync(http.RequestAborted).ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>Gives a person a password.</summary>
    internal async Task SetAsync(string personId, string password, CancellationToken cancellationToken)
    {
        if (password.Length < LengthMin)
        {
            throw Refusal.BadRequest("PASSWORD_TOO_SHORT", $"A password has at least {LengthMin} characters.");
        }

        var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            var person =
                await database.People.FindAsync([personId], cancellationToken).ConfigureAwait(false)
                ?? throw Refusal.NotFound("user", personId);
            person.PasswordHash = hasher.HashPassword(person, password);
            _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private string Nobody =>
        field ??= hasher.HashPassword(null!, Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));

    private bool IsPaused(string userName)
    {
        lock (gate)
        {
            return wrong.TryGetValue(userName, out var seen)
                && seen.Count >= WrongMax
                && time.GetUtcNow() - seen.Since < Pause;
        }
    }

    private void NoteWrong(string userName)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (wrong.Count >= NamesMax)
            {
                wrong.Clear();
            }

            var seen = wrong.GetValueOrDefault(userName);
            wrong[userName] = now - seen.Since < Pause ? (seen.Count + 1, now) : (1, now);
        }
    }
}

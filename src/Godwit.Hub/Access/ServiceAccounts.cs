using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Godwit.Contracts;
using Godwit.Hub.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Validation;
using OpenIddict.Validation.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;
using ProcessAuthenticationContext = OpenIddict.Validation.OpenIddictValidationEvents.ProcessAuthenticationContext;

namespace Godwit.Hub.Access;

/// <summary>
/// Service accounts: OAuth 2 client credentials by OpenIddict, for tokens of an hour that the key ring protects. Accounts and secrets are of
/// the Hub's own tables; an account that is deleted, or a secret, ends the tokens made with it at once.
/// </summary>
internal static class ServiceAccounts
{
    internal const string Scheme = OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme;
    internal const string TokenPath = "/api/oauth/token";
    internal const string Prefix = "Bearer ";
    private const string SecretClaim = "godwit:secret";
    private const int KeyBytes = 32;
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(1);

    internal static void AddServices(IServiceCollection services, TimeProvider time) =>
        services
            .AddOpenIddict()
            .AddServer(server =>
            {
                _ = server.SetTokenEndpointUris(TokenPath[1..]).AllowClientCredentialsFlow();
                // Clients are not kept in tables of OpenIddict's, so that there is one truth about who may come in.
                _ = server.EnableDegradedMode().SetAccessTokenLifetime(TokenLifetime);
                // Tokens are protected by the key ring; these keys are for kinds of tokens that are not made here, and must exist. Of
                // curves and random bytes, since an RSA key takes seconds to make, before the first answer of every start.
                _ = server
                    .AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(KeyBytes)))
                    .AddSigningKey(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)))
                    .UseDataProtection();
                _ = server.UseAspNetCore();
                _ = server.Configure(options => options.TimeProvider = time);
                _ = server.AddEventHandler<ValidateTokenRequestContext>(handler =>
                    handler.UseScopedHandler<ClientCheck>()
                );
                _ = server.AddEventHandler<HandleTokenRequestContext>(handler => handler.UseInlineHandler(Issue));
            })
            .AddValidation(validation =>
            {
                _ = validation.UseLocalServer();
                _ = validation.UseDataProtection();
                _ = validation.UseAspNetCore();
                _ = validation.Configure(options => options.TimeProvider = time);
                _ = validation.AddEventHandler<ProcessAuthenticationContext>(handler =>
                    handler.UseScopedHandler<AccountCheck>().SetOrder(int.MaxValue)
                );
            });

    /// <summary>What is kept of a secret.</summary>
    internal static string Hash(string secret) => JoinToken.Hash(secret);

    private static ValueTask Issue(HandleTokenRequestContext context)
    {
        var client = (Found)context.Transaction.Properties[typeof(Found).FullName!]!;
        var identity = new ClaimsIdentity(Scheme);
        _ = identity
            .AddClaim(OpenIddictConstants.Claims.Subject, client.AccountId)
            .SetClaim(SecretClaim, client.SecretId)
            .SetDestinations(_ => [OpenIddictConstants.Destinations.AccessToken]);
        context.Principal = new(identity);
        return ValueTask.CompletedTask;
    }

    private sealed record Found(string AccountId, string SecretId);

    /// <summary>Whether client id and secret are of an account.</summary>
    internal sealed class ClientCheck(HubDatabase database, TimeProvider time)
        : IOpenIddictServerHandler<ValidateTokenRequestContext>
    {
        public async ValueTask HandleAsync(ValidateTokenRequestContext context)
        {
            var now = time.GetUtcNow();
            var hash = Hash(context.ClientSecret ?? "");
            var found = await database
                .ServiceAccounts.Where(one => one.ClientId == context.ClientId)
                .Join(database.ServiceAccountSecrets, one => one.Id, secret => secret.AccountId, (_, secret) => secret)
                .ToListAsync(context.CancellationToken)
                .ConfigureAwait(false);
            var match = found.Find(secret =>
                secret.ExpiresAt > now
                && CryptographicOperations.FixedTimeEquals(
                    Encoding.ASCII.GetBytes(secret.Hash),
                    Encoding.ASCII.GetBytes(hash)
                )
            );
            if (match is null)
            {
                context.Reject(
                    OpenIddictConstants.Errors.InvalidClient,
                    "The client is not known, or its secret is not of it or has lapsed."
                );
                return;
            }

            context.Transaction.Properties[typeof(Found).FullName!] = new Found(match.AccountId, match.Id);
        }
    }

    /// <summary>Whether the account of a token is still there, with the secret it was made with; who it is.</summary>
    internal sealed class AccountCheck(HubDatabase database, TimeProvider time)
        : IOpenIddictValidationHandler<ProcessAuthenticationContext>
    {
        public async ValueTask HandleAsync(ProcessAuthenticationContext context)
        {
            if (context.AccessTokenPrincipal is not { } principal)
            {
                return;
            }

            var now = time.GetUtcNow();
            var secretId = principal.GetClaim(SecretClaim);
            var account = await database
                .ServiceAccountSecrets.Where(one => one.Id == secretId && one.ExpiresAt > now)
                .Join(database.ServiceAccounts, one => one.AccountId, one => one.Id, (_, one) => one)
                .FirstOrDefaultAsync(context.CancellationToken)
                .ConfigureAwait(false);
            if (account is null || account.Id != principal.GetClaim(OpenIddictConstants.Claims.Subject))
            {
                context.Reject(OpenIddictConstants.Errors.InvalidToken, "The account, or its secret, was deleted.");
                return;
            }

            var caller = new Caller(CallerKind.ServiceAccount, account.Id, account.ClientId);
            ((ClaimsIdentity)principal.Identity!).AddClaims(caller.ToPrincipal(Scheme).Claims);
        }
    }
}

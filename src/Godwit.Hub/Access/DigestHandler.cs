using System.Text.Encodings.Web;
using Godwit.Hub.Data;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Godwit.Hub.Access;

/// <summary>API keys by HTTP digest: user name is the public key, password the private one.</summary>
internal sealed class DigestHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    HubDatabase database,
    KeyRing ring,
    NonceBook nonces
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    internal new const string Scheme = "digest";
    internal const string Realm = "MMS Public API";
    private const string StaleItem = "godwit:stale";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (DigestHeader.Parse(Request.Headers.Authorization.ToString()) is not { } header)
        {
            return AuthenticateResult.NoResult();
        }

        if (!nonces.IsCurrent(header.Nonce))
        {
            Context.Items[StaleItem] = true;
            return AuthenticateResult.Fail("the nonce is stale");
        }

        var key = await database
            .ApiKeys.AsNoTracking()
            .FirstOrDefaultAsync(one => one.PublicKey == header.UserName, Context.RequestAborted)
            .ConfigureAwait(false);
        var isGood =
            key is not null
            && header.Realm == Realm
            && header.Number is { } count
            && header.Uri == Target()
            && header.IsMadeWith(ring.Open(key.SealedHash, KeyRing.ApiKeys), Request.Method)
            && nonces.Take(header.Nonce, count);
        if (!isGood || key is null)
        {
            return AuthenticateResult.Fail("the key is not known, or the digest is not of it");
        }

        if (!await IsAllowedAddressAsync(key).ConfigureAwait(false))
        {
            throw new Api.Refusal(
                StatusCodes.Status403Forbidden,
                "IP_ADDRESS_NOT_ON_ACCESS_LIST",
                $"The address {Context.Connection.RemoteIpAddress} is not on the access list of this key."
            );
        }

        var caller = new Caller(CallerKind.ApiKey, key.Id, key.PublicKey);
        return AuthenticateResult.Success(new(caller.ToPrincipal(Scheme), Scheme));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var stale = Context.Items.ContainsKey(StaleItem) ? "true" : "false";
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate =
            $"Digest realm=\"{Realm}\", domain=\"\", nonce=\"{nonces.Issue()}\", algorithm=MD5, qop=\"auth\", stale={stale}";
        return Task.CompletedTask;
    }

    /// <summary>The request's target as it was sent: what the digest covers.</summary>
    private string Target() => Context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";

    private async Task<bool> IsAllowedAddressAsync(ApiKey key)
    {
        var blocks = await database
            .AccessEntries.Where(entry => entry.OwnerId == key.Id)
            .Select(entry => entry.Block)
            .ToListAsync(Context.RequestAborted)
            .ConfigureAwait(false);
        return blocks.Count == 0 || AddressBlocks.Contain(blocks, Context.Connection.RemoteIpAddress);
    }
}

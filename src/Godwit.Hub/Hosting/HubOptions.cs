using System.Net;

namespace Godwit.Hub.Hosting;

/// <summary>How a Hub runs. Immutable; read once at the start.</summary>
internal sealed record HubOptions
{
    /// <summary>Folder of the database, the key ring and the Hub's own certificates.</summary>
    internal required string DataDirectory { get; init; }

    /// <summary>Connection string of a PostgreSQL database; <see langword="null"/> for an SQLite file in the folder.</summary>
    internal string? Database { get; init; }

    /// <summary>Requests a minute that one caller may send, or one address without a caller (M-121).</summary>
    internal int RequestsPerMinute { get; init; } = 1200;

    /// <summary>Where it listens; port 0 takes a free one.</summary>
    internal IPEndPoint Listen { get; init; } = new(IPAddress.Any, 8443);

    /// <summary>The address that hosts and people use; <see langword="null"/> for the one it listens on.</summary>
    internal Uri? Url { get; init; }

    /// <summary>PEM file with certificate and key for HTTPS; <see langword="null"/> for one of the Hub's own authority.</summary>
    internal string? CertificateFile { get; init; }

    /// <summary>Names and addresses in the Hub's own certificate besides those of <see cref="Url"/> and loopback.</summary>
    internal IReadOnlyList<string> HostNames { get; init; } = [];

    /// <summary>How long an unused link-token is good.</summary>
    internal TimeSpan LinkTokenLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long the sign-in link of the first start is good.</summary>
    internal TimeSpan SignInLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long both sides are kept in sync before the cutover is asked for (D06).</summary>
    internal TimeSpan SyncWindow { get; init; } = TimeSpan.FromHours(120);

    /// <summary>Where mail is handed in, as <c>smtp://user:password@host:port</c> (or smtps); <see langword="null"/> for no mail.</summary>
    internal Uri? Smtp { get; init; }

    /// <summary>The sender of mails.</summary>
    internal string MailFrom { get; init; } = "godwit@localhost";

    /// <summary>Who gets requests for support by mail; <see langword="null"/> if they are downloaded only (E06).</summary>
    internal string? SupportAddress { get; init; }

    /// <summary>Where Atlas' Admin API is: the operator's to say, never who uses the Hub (P11).</summary>
    internal Uri AtlasUrl { get; init; } = new("https://cloud.mongodb.com/");

    /// <summary>The smallest tier of Atlas that something may be migrated to, such as M10, which is its smallest dedicated one (B13).</summary>
    internal string SmallestTier { get; init; } = "M10";

    /// <summary>Networks that webhooks and mail may reach although they are not public (P11).</summary>
    internal IReadOnlyList<IPNetwork> AllowedNetworks { get; init; } = [];

    /// <summary>Proxies before the Hub whose word is taken for the address that a request comes from (P11); nobody else's is.</summary>
    internal IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>What is demonstrated; <see langword="null"/> for a Hub that is meant.</summary>
    internal Demonstration? Demonstration { get; init; }

    /// <summary>How long a host stays silent before a standby host goes on with its migration (P6).</summary>
    internal TimeSpan TakeoverAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a host stays silent before one that helped it, and misses it too, goes on with its migration (P6).</summary>
    internal TimeSpan MissedAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long data and progress of an expired migration are kept on the destination (P4).</summary>
    internal TimeSpan KeepsExpired { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long ended validations, sent messages and the audit log are kept; migrations and their reports are for ever.</summary>
    internal TimeSpan KeepsHistory { get; init; } = TimeSpan.FromDays(400);

    /// <summary>How long a host may stay silent before it is shown as away.</summary>
    internal TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(45);
}

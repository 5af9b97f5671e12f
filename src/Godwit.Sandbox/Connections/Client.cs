using System.Net;
using Godwit.Bson;
using Godwit.Sandbox.Auth;

namespace Godwit.Sandbox.Connections;

/// <summary>One connected client as commands see it: who it is, what it said in its first hello. Used by one command at a time.</summary>
internal sealed class Client(int id, EndPoint remote, EndPoint local)
{
    /// <summary>The connection's number, from 1.</summary>
    internal int Id { get; } = id;

    /// <summary>Where the client connects from.</summary>
    internal EndPoint Remote { get; } = remote;

    /// <summary>Where it connected to.</summary>
    internal EndPoint Local { get; } = local;

    /// <summary>The <c>client</c> document of the first hello.</summary>
    internal RawDocument? Metadata { get; set; }

    /// <summary>Whether the peer said it is a member of a cluster (<c>internalClient</c>).</summary>
    internal bool IsInternal { get; set; }

    /// <summary>Whether the client said <c>helloOk</c>: then texts say "primary", otherwise "master".</summary>
    internal bool SaidHelloOk { get; set; }

    /// <summary>Who is logged in; <see langword="null"/> for nobody.</summary>
    internal AuthenticatedUser? User { get; set; }

    /// <summary>The hash of the user's name that sessions carry; <see langword="null"/> for nobody.</summary>
    internal ReadOnlyMemory<byte>? UserHash => User?.Hash;

    /// <summary>A login in progress.</summary>
    internal IAuthenticationExchange? Exchange { get; set; }

    /// <summary>Whether it is the server itself, which may do everything.</summary>
    internal bool IsServer { get; init; }

    /// <summary>Whether it is a router, which has checked what its own client may do.</summary>
    internal bool IsRouter { get; init; }

    /// <summary>Whether a router says that its client's writes pass user write blocking.</summary>
    internal bool BypassesWriteBlock { get; init; }

    /// <summary>Subject of the client's certificate, where TLS with one is used.</summary>
    internal string? CertificateSubject { get; init; }

    /// <summary>The application's name from the metadata; empty where unknown.</summary>
    internal string ApplicationName =>
        Metadata?["application"] is { Type: BsonType.Document } application
        && application.AsDocument["name"] is { Type: BsonType.String } name
            ? name.AsString
            : "";
}

using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>The parsed <c>$changeStream</c> stage: what to show and where to begin.</summary>
internal sealed record ChangeStreamSpecification
{
    internal ChangeStreamScope Scope { get; private init; }

    internal ClientResumeToken? Token { get; private init; }

    internal bool IsStartAfter { get; private init; }

    internal ClusterTime? StartAtOperationTime { get; private init; }

    internal string FullDocument { get; private init; } = "default";

    internal string FullDocumentBeforeChange { get; private init; } = "off";

    internal bool ShowMigrationEvents { get; private init; }

    internal bool ShowSystemEvents { get; private init; }

    internal bool ShowExpandedEvents { get; private init; }

    internal bool ShowRawUpdateDescription { get; private init; }

    /// <summary>Whether updates say which dots in names of fields are part of the name.</summary>
    internal bool TellsPathsApart { get; private init; }

    /// <summary>Parses the stage for a stream opened on <paramref name="ns"/> (collection empty: the database or, on admin, the cluster).</summary>
    /// <param name="value">The value of <c>$changeStream</c>.</param>
    /// <param name="ns">Where <c>aggregate</c> was sent.</param>
    /// <param name="isApiStrict">Whether the command said <c>apiStrict</c>.</param>
    /// <param name="release">The release of the server; <see langword="null"/> for the newest.</param>
    internal static ChangeStreamSpecification Parse(
        RawValue value,
        Namespace ns,
        bool isApiStrict,
        Version? release = null
    )
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(50808, "$changeStream stage expects a document as argument");
        }

        var options = ChangeStreamOptionReader.Read(value.AsDocument);
        var specification = new ChangeStreamSpecification
        {
            Scope = ChooseScope(ns, options),
            Token = options.Token("resumeAfter") ?? options.Token("startAfter"),
            IsStartAfter = options.Has("startAfter"),
            StartAtOperationTime = options.Time("startAtOperationTime"),
            FullDocument = options.Choice("fullDocument", ["default", "updateLookup", "whenAvailable", "required"]),
            FullDocumentBeforeChange = options.Choice("fullDocumentBeforeChange", ["off", "whenAvailable", "required"]),
            ShowMigrationEvents = options.Flag("showMigrationEvents"),
            ShowSystemEvents = options.Flag("showSystemEvents"),
            ShowExpandedEvents = options.Flag("showExpandedEvents"),
            ShowRawUpdateDescription = options.Flag("showRawUpdateDescription"),
            TellsPathsApart =
                options.Flag("showExpandedEvents") && (release?.Knows(Novelties.DisambiguatedPaths) ?? true),
        };
        CheckStart(options, specification);
        if (isApiStrict)
        {
            CheckApiStrict(options);
        }

        return specification;
    }

    private static ChangeStreamScope ChooseScope(Namespace ns, ChangeStreamOptionReader options)
    {
        var forCluster = options.Flag("allChangesForCluster");
        if (forCluster)
        {
            return ns is { Database: "admin", Collection.Length: 0 }
                ? ChangeStreamScope.Cluster
                : throw new CommandException(
                    ErrorCode.InvalidOptions,
                    "A $changeStream with 'allChangesForCluster:true' may only be opened on the 'admin' database, and with no collection name; found "
                        + ns
                );
        }

        if (ns.Database is "admin" or "local" || (ns.Database == "config" && !options.Flag("allowToRunOnConfigDB")))
        {
            throw new CommandException(
                ErrorCode.InvalidNamespace,
                $"$changeStream may not be opened on the internal {ns.Database} database"
            );
        }

        if (ns.Collection.StartsWith("system.", StringComparison.Ordinal) && !options.Flag("allowToRunOnSystemNS"))
        {
            throw new CommandException(
                ErrorCode.InvalidNamespace,
                $"$changeStream may not be opened on the internal {ns} collection"
            );
        }

        return new(ns.Database, ns.Collection.Length == 0 ? null : ns.Collection);
    }

    private static void CheckStart(ChangeStreamOptionReader options, ChangeStreamSpecification specification)
    {
        if (options.Has("resumeAfter") && options.Has("startAfter"))
        {
            throw new CommandException(
                50865,
                "Do not specify both 'resumeAfter' and 'startAfter' in a $changeStream stage"
            );
        }

        if (specification is { Token: not null, StartAtOperationTime: not null })
        {
            throw new CommandException(40674, "Only one type of resume option is allowed, but multiple were found");
        }

        if (specification is { Token.FromInvalidate: true, IsStartAfter: false })
        {
            throw new CommandException(
                ErrorCode.InvalidResumeToken,
                "Attempting to resume a change stream using 'resumeAfter' is not allowed from an invalidate notification"
            );
        }

        if (
            specification.Scope.IsCollection
            && specification.Token is { IsHighWaterMark: false, HasCollectionUuid: false }
        )
        {
            throw new CommandException(
                ErrorCode.InvalidResumeToken,
                "Attempted to resume a single-collection stream, but the resume token does not include a UUID"
            );
        }
    }

    private static void CheckApiStrict(ChangeStreamOptionReader options)
    {
        foreach (var name in (string[])["showExpandedEvents", "showRawUpdateDescription", "showSystemEvents"])
        {
            if (options.Has(name))
            {
                throw new CommandException(
                    ErrorCode.APIStrictError,
                    $"The '{name}' parameter to $changeStream is not supported in API Version 1"
                );
            }
        }
    }
}

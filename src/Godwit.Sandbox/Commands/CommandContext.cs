using Godwit.Bson;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Transactions;

namespace Godwit.Sandbox.Commands;

/// <summary>All that one running command may use. Made by the dispatcher, lives as long as the command.</summary>
internal sealed class CommandContext
{
    internal required CommandRequest Request { get; init; }

    internal required GenericArguments Generic { get; init; }

    internal required Member Member { get; init; }

    internal required Client Client { get; init; }

    internal required CommandTraits Traits { get; init; }

    /// <summary>The running command, which can be interrupted.</summary>
    internal RunningOperation Operation { get; set; } = null!;

    /// <summary>The data of the member the command runs on.</summary>
    internal Node Node => Member.Node;

    /// <summary>The command's document.</summary>
    internal RawDocument Body => Request.Body;

    /// <summary>The database the command runs against.</summary>
    internal string Database => Request.Database;

    /// <summary>Session, transaction and statement ids.</summary>
    internal SessionOptions Session => Generic.Session;

    /// <summary>The transaction or retryable write the command is part of.</summary>
    internal Statement Statement { get; set; } = Statement.Plain;

    /// <summary>The latest operation time of the shards asked, in a router.</summary>
    internal ClusterTime OperationTime { get; set; }

    /// <summary>Whether another member ran the command, and waited for its write concern.</summary>
    internal bool IsPassedOn { get; set; }

    /// <summary>What the queries of the command have done.</summary>
    internal Query.QueryWork Work { get; init; } = new();

    /// <summary>Whether the connection closes instead of carrying the reply.</summary>
    internal bool LosesReply { get; set; }

    /// <summary>Read concern of the command.</summary>
    internal ReadConcern ReadConcern => Generic.ReadConcern;

    /// <summary>The fields, read with the checks and texts of the strict parser.</summary>
    internal CommandArguments Arguments => new(Request.Body, Traits.FieldOwner);

    /// <summary>The context of a command inside this one.</summary>
    internal CommandContext For(CommandRequest request, CommandTraits traits) =>
        new()
        {
            Request = request,
            Generic = Generic,
            Member = Member,
            Client = Client,
            Traits = traits,
            Operation = Operation,
            Statement = Statement,
            Work = Work,
        };

    /// <summary>The collection named by the command's first field.</summary>
    internal Namespace Collection() => Arguments.Collection(Database);

    /// <summary>The documents of an array argument, from a document sequence or from the body.</summary>
    /// <exception cref="Errors.CommandException">It is missing or no array of documents.</exception>
    internal IReadOnlyList<RawDocument> RequiredDocuments(string field) =>
        Request.Documents(field, Traits.FieldOwner) ?? throw CommandErrors.MissingField(Traits.FieldOwner, field);
}

using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sessions;

/// <summary>The checks of the session fields before a command runs, in the order MongoDB makes them. None of them touches an open transaction.</summary>
internal static class SessionChecks
{
    /// <summary>Refuses a request whose session fields do not go with each other or with the command.</summary>
    internal static void Check(
        CommandRequest request,
        CommandTraits traits,
        GenericArguments generic,
        bool isReplicaSetMember
    )
    {
        var session = generic.Session;
        if (!traits.TakesSession)
        {
            CheckWithoutSession(session);
            return;
        }

        if (session.TxnNumber is { } number)
        {
            CheckTxnNumber(session, number, isReplicaSetMember);
        }

        CheckTransactionFields(session);
        if (session.TxnNumber is not null && session.Autocommit is null && !traits.IsRetryableWrite)
        {
            throw new CommandException(
                ErrorCode.NotARetryableWriteCommand,
                "txnNumber may only be provided for multi-document transactions and retryable write commands. "
                    + $"autocommit:false was not provided, and {request.Name} is not a retryable write command."
            );
        }

        if (session.IsTransaction)
        {
            CheckTransactionCommand(request, traits, session);
            CheckConcerns(request, generic);
        }
    }

    private static void CheckWithoutSession(SessionOptions session)
    {
        if (session.Autocommit is not null)
        {
            throw new CommandException(
                ErrorCode.OperationNotSupportedInTransaction,
                "This command is not supported in transactions"
            );
        }

        if (session.TxnNumber is not null)
        {
            throw new CommandException(50889, "It is illegal to provide a txnNumber for this command");
        }
    }

    private static void CheckTxnNumber(SessionOptions session, long number, bool isReplicaSetMember)
    {
        if (session.SessionId is null)
        {
            throw Invalid("Transaction number requires a session ID to also be specified");
        }

        if (!isReplicaSetMember)
        {
            throw new CommandException(
                ErrorCode.IllegalOperation,
                "Transaction numbers are only allowed on a replica set member or mongos"
            );
        }

        if (number < 0)
        {
            throw Invalid("Transaction number cannot be negative");
        }
    }

    private static void CheckTransactionFields(SessionOptions session)
    {
        if (session.Autocommit is not null && session.TxnNumber is null)
        {
            throw Invalid("'autocommit' field requires a transaction number to also be specified");
        }

        if (session.Autocommit == true)
        {
            throw Invalid("Specifying autocommit=true is not allowed.");
        }

        if (session.StartTransaction is not null && session.Autocommit is null)
        {
            throw Invalid("'startTransaction' field requires 'autocommit' field to also be specified");
        }

        if (session.StartTransaction == false)
        {
            throw Invalid("Specifying startTransaction=false is not allowed.");
        }
    }

    private static void CheckTransactionCommand(CommandRequest request, CommandTraits traits, SessionOptions session)
    {
        if (traits.Name == "count")
        {
            throw NotInTransaction(
                "Cannot run 'count' in a multi-document transaction. Please see "
                    + "http://dochub.mongodb.org/core/transaction-count for a recommended alternative."
            );
        }

        if (!traits.RunsInTransaction)
        {
            throw NotInTransaction($"Cannot run '{request.Name}' in a multi-document transaction.");
        }

        CheckTransactionNamespace(request);
        if (session.StartsTransaction && traits.Name is "killCursors")
        {
            throw NotInTransaction("Cannot run killCursors as the first operation in a multi-document transaction.");
        }

        if (session.StartsTransaction && traits.Name is "commitTransaction")
        {
            throw NotInTransaction("Cannot start a transaction with a commit");
        }

        if (session.StartsTransaction && traits.Name is "abortTransaction")
        {
            throw NotInTransaction("Cannot start a transaction with an abort");
        }
    }

    private static void CheckTransactionNamespace(CommandRequest request)
    {
        if (request.Database is "local" or "config")
        {
            throw NotInTransaction($"Cannot run command against the '{request.Database}' database in a transaction.");
        }

        var first = request.Body.First().Value;
        if (first.Type == BsonType.String && first.AsString is "system.profile" or "system.views")
        {
            throw NotInTransaction(
                $"Cannot run command against the '{request.Database}.{first.AsString}' collection in a transaction."
            );
        }
    }

    private static void CheckConcerns(CommandRequest request, GenericArguments generic)
    {
        if (request.Body.Has("writeConcern") && request.Name is not ("commitTransaction" or "abortTransaction"))
        {
            throw Invalid("writeConcern is not allowed within a multi-statement transaction");
        }

        if (!request.Body.Has("readConcern"))
        {
            return;
        }

        if (!generic.Session.StartsTransaction)
        {
            throw Invalid("Only the first command in a transaction may specify a readConcern");
        }

        if (generic.ReadConcern.Level is ReadConcernLevel.Available or ReadConcernLevel.Linearizable)
        {
            throw Invalid(
                "The readConcern level must be either 'local' (default), 'majority' or 'snapshot' in order to run in a transaction"
            );
        }
    }

    private static CommandException Invalid(string message) => new(ErrorCode.InvalidOptions, message);

    private static CommandException NotInTransaction(string message) =>
        new(ErrorCode.OperationNotSupportedInTransaction, message);
}

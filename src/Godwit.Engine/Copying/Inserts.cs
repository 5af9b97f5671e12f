using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Copying;

/// <summary>Inserts documents as they were read (S14).</summary>
internal static class Inserts
{
    /// <summary>Inserts a batch, as often as it takes, under one ticket.</summary>
    /// <returns>How many of its documents were there already, which stay as they are.</returns>
    /// <exception cref="LeftoverException">One of the documents is there already.</exception>
    /// <exception cref="MigrationFailedException">The destination refuses one for good.</exception>
    internal static async Task<int> SendAsync(
        IDestinationCluster destination,
        RetryPolicy retry,
        WriteTicket ticket,
        WriteCommand command,
        Namespace source,
        bool mayBeThere,
        CancellationToken cancellationToken
    )
    {
        var outcome = await retry.RunAsync(token => destination.WriteAsync(ticket, command, token), cancellationToken);
        foreach (var error in outcome.Errors)
        {
            if (error.Code == ServerCodes.DuplicateKey)
            {
                if (mayBeThere)
                {
                    continue;
                }

                throw new LeftoverException();
            }

            throw new MigrationFailedException(
                "DocumentRefused",
                $"The destination refuses a document of {source}: {error.Message}",
                "Change or remove the document on the source, then run the migration again."
            );
        }

        return outcome.Errors.Count;
    }
}

using Godwit.Engine;
using Godwit.Engine.Mongo;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Reporting;

namespace Godwit.Agent.Migrations;

/// <summary>
/// Records on the cluster that was moved from what both sides had in common when the migration was cut over (S29): from there on the way back
/// is a migration like any other. Done before each start; done already, it changes nothing.
/// </summary>
internal static class TurningRound
{
    /// <param name="used">Connection string of the cluster that was moved to.</param>
    /// <param name="oldSource">Connection string of the one that was moved from.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MigrationFailedException">The migration cannot be turned round.</exception>
    internal static async Task RunAsync(
        string used,
        string oldSource,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var here = new MongoDestination(MongoAddress.Parse(used), time);
        var there = new MongoDestination(MongoAddress.Parse(oldSource), time);
        await using (here.ConfigureAwait(false))
        await using (there.ConfigureAwait(false))
        {
            await Migration.HandOverAsync(here, there, new Notices(), time, cancellationToken).ConfigureAwait(false);
        }
    }
}

using Godwit.Contracts;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Godwit.Hub.Migrations;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Notifications;

/// <summary>Records messages by the transaction that records what they tell of, so that neither is there without the other.</summary>
internal sealed class Outbox(TimeProvider time) : IDisposable
{
    /// <summary>Rings when there may be something to send.</summary>
    internal WorkBell Queued { get; } = new();

    public void Dispose() => Queued.Dispose();

    internal async Task AddAsync(
        HubDatabase database,
        string projectId,
        string type,
        MigrationState state,
        CancellationToken cancellationToken
    )
    {
        var targets = await database
            .NotificationTargets.AsNoTracking()
            .Where(one => one.ProjectId == projectId)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var now = time.GetUtcNow();
        var (subject, text) = Wording.Of(type, state, now);
        foreach (var target in targets.Where(one => one.Events.Length == 0 || one.Events.Split(',').Contains(type)))
        {
            _ = database.Add(
                new Message
                {
                    Id = ObjectIds.New(time),
                    ProjectId = projectId,
                    MigrationId = state.Id,
                    TargetId = target.Id,
                    Type = type,
                    Subject = subject,
                    Text = text,
                    State = Message.Waiting,
                    NextAttemptAt = now,
                    CreatedAt = now,
                }
            );
        }

        Queued.Ring();
    }
}

using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Scoping;

namespace Godwit.Engine.Tests.Model;

/// <summary>Checkpoints, what goes wrong, and the catalogue brought up to date.</summary>
internal sealed partial class ModelRun
{
    private void Save()
    {
        var plan = life.Router.PlanCheckpoint((uint)random.Next(4));
        if (omission is Omission.LowCeiling or Omission.NoCeiling)
        {
            plan = plan with { Ceiling = ClusterTime.Max(saved.Times.Ceiling, life.Router.Frontier) };
        }

        var places = omission == Omission.PositionsAhead ? life.Feed?.Read : life.Feed?.At(plan.Floor);
        saved = life.Checkpoint(plan) with { Places = places ?? saved.Places };
        life.Router.Saved(plan);
    }

    /// <summary>What no majority had is gone; whoever waited for an answer sends again with the same ticket.</summary>
    private void FailOver()
    {
        destination.FailOver();
        if (omission == Omission.EagerAcknowledgement)
        {
            return;
        }

        foreach (var item in life.Queues.SelectMany(queue => queue).Where(one => !destination.IsDurable(one.Sent ?? 0)))
        {
            item.Sent = null;
        }

        foreach (var copy in life.Copies.Where(one => !destination.IsDurable(one.Sent ?? 0)))
        {
            copy.Sent = null;
        }
    }

    private void Crash()
    {
        crashes++;
        foreach (var item in life.Queues.Select(queue => queue.FirstOrDefault()).OfType<ModelItem>())
        {
            var isLikelySent = life.Router.Take(item.Ticket) == LaneVerdict.Apply;
            if (item.Sent is null && item.Ticket.MayBeThere && random.Next(2) == 0)
            {
                // Taken out, and not put back yet.
                _ = destination.Write(state =>
                    ModelDestination.Put(state, DestinationOf(item.Collection), item.Key, null)
                );
            }

            if (item.Sent is null && isLikelySent && random.NextDouble() < 0.6)
            {
                zombies.Add(state => Apply(state, item, isStrict: false));
            }
        }

        foreach (var copy in life.Copies.Where(one => one.Written < one.Todo.Count && one.Sent is null))
        {
            var (key, document) = copy.Todo[copy.Written];
            zombies.Add(CopyWrite(copy.Collection, key, document));
        }

        if (random.NextDouble() < 0.3)
        {
            destination.FailOver();
        }
    }

    /// <summary>Brings the destination's catalogue to the source's, as at a start and after every definition event (S19); false: crashed.</summary>
    private bool Reconcile()
    {
        life.ListedAt = source.Now;
        if (life.LanesAreEmpty)
        {
            DropAnew();
        }

        var listing = source.State.List();
        Adopt(listing);
        var there = destination.State.List();
        foreach (var step in CataloguePlanner.Plan(listing, destination.Mappings, there, DocumentRules.None))
        {
            if (CrashesNow() || !Take(step))
            {
                return false;
            }
        }

        foreach (var gone in life.Tables.Keys.Where(one => listing.All(there => there.Uuid != one)).ToList())
        {
            Leave(gone);
        }

        foreach (var one in listing.Where(one => !life.Tables.ContainsKey(one.Uuid)))
        {
            life.Follow(one.Uuid, saved, omission != Omission.NoRecovery);
            if (omission == Omission.TrustAfterMove && adopted.Contains(one.Uuid))
            {
                foreach (var range in life.Tables[one.Uuid].Ranges.Where(range => range.State == RangeState.Pending))
                {
                    range.Restore(source.Now, source.Now);
                }
            }
        }

        return true;
    }

    private void Leave(Guid collection)
    {
        foreach (var range in life.Tables.GetValueOrDefault(collection)?.Ranges ?? [])
        {
            life.Router.Forget(range);
        }

        _ = life.Tables.Remove(collection);
        _ = life.Copies.RemoveAll(copy => copy.Collection == collection);
    }

    /// <summary>What stands for collections whose order could not be kept goes: they are as if they were new.</summary>
    private void DropAnew()
    {
        foreach (var collection in life.Anew)
        {
            destination.Define(state => state.Drop(DestinationOf(collection)));
            destination.SaveMappings(destination.Mappings.Where(row => row.SourceUuid != collection));
            Leave(collection);
            life.Router.Dirty.Where(one => one.Address.Collection == collection).ToList().ForEach(life.Router.Forget);
            saved = saved with { Ranges = saved.Ranges.Where(one => one.Key != collection).ToDictionary() };
        }

        life.Anew.Clear();
    }

    /// <summary>What has moved takes over what stands for it; what its copiers had sent is waited for or fenced off first (S1a).</summary>
    private void Adopt(IReadOnlyList<CollectionDescription> listing)
    {
        if (!kind.HasFlag(ModelKind.Moves))
        {
            return;
        }

        var before = destination.Mappings;
        var after = IdentityTransfer.Plan(before, listing, destination.State.List(), needsSameKey: true);
        foreach (var (old, heir) in before.Zip(after).Where(pair => pair.First != pair.Second))
        {
            if (omission == Omission.NoFenceAtMove)
            {
                foreach (
                    var copy in life.Copies.Where(one =>
                        one.Collection == old.SourceUuid && one.Written < one.Todo.Count
                    )
                )
                {
                    var (key, document) = copy.Todo[copy.Written];
                    zombies.Add(state => ModelDestination.Put(state, heir.DestinationUuid, key, document));
                }
            }

            adopted = [.. adopted, heir.SourceUuid];
        }

        destination.Commit();
        destination.SaveMappings(after);
    }

    /// <summary>Executes one step; false: crashed within it.</summary>
    private bool Take(CatalogueStep step)
    {
        switch (step)
        {
            case DropStep drop:
                destination.Define(state => state.Drop(drop.Destination.Uuid));
                destination.SaveMappings(destination.Mappings.Where(row => row != drop.Row));
                return true;
            case RenameStep rename:
                destination.Define(state => state.Rename(rename.Destination.Uuid, rename.NewName.Collection));
                return true;
            case CreateStep create:
                var intent = new CollectionMapping(create.Source.Uuid, create.Source.Name, Guid.Empty);
                var made = source.NewUuid();
                var rows = destination.Mappings;
                destination.SaveMappings(rows.Append(intent));
                if (CrashesNow())
                {
                    return false;
                }

                destination.Define(state => state with { Names = state.Names.Add(intent.Name.Collection, made) });
                if (CrashesNow())
                {
                    return false;
                }

                destination.SaveMappings(rows.Append(intent with { DestinationUuid = made }));
                return true;
            default:
                throw new DivergenceException($"unexpected step {step}");
        }
    }

    private bool CrashesNow()
    {
        var crashes = this.crashes < 5 && IsSourceBusy && random.NextDouble() < 0.05;
        if (crashes)
        {
            Crash();
        }

        return crashes;
    }
}

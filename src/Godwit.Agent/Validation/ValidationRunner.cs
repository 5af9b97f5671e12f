using System.Security.Cryptography;
using Godwit.Agent.Inventory;
using Godwit.Contracts.Agents;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Preflight;
using MongoDB.Driver;

namespace Godwit.Agent.Validation;

/// <summary>One validation: it reads, judges and reports, and changes nothing on either side (M-077).</summary>
internal sealed class ValidationRunner(ValidationOrder order, HostChecks checks, SourceAddress source, Action changed)
{
    private volatile ReportedValidation report = new(order.Id, false, [], null, null);

    /// <summary>As far as it has come.</summary>
    internal ReportedValidation Report => report;

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var request = checks.Read(order);
            var destination = checks.OpenDestination(order.SealedDestination, order.DestinationAuthority, order.Id);
            var outcome = await checks
                .RunAsync(source.Compose(order.Source), destination, request, isStart: false, cancellationToken, Tell)
                .ConfigureAwait(false);
            var toClear =
                order.ClearsDestination && outcome.Destination.Fault is null
                    ? await Clearing.ListAsync(destination, cancellationToken).ConfigureAwait(false)
                    : null;
            var unknown = (order.ClearNamespaces ?? []).Except((toClear ?? []).Select(one => one.Name)).ToList();
            if (toClear is not null && order.ClearNamespaces is { } named)
            {
                toClear = [.. toClear.Where(one => named.Contains(one.Name))];
            }

            report = report with
            {
                IsFinished = true,
                ToClear = toClear,
                Checks =
                [
                    .. outcome.Findings.Select(one =>
                        toClear is null
                            ? Judge(one, outcome.Destination)
                            : Clearing.Judge(one, toClear, order.ClearNamespaces is null)
                    ),
                    .. Clearing.Missing(unknown),
                ],
                SourceIdentity = outcome.Source.Identity,
                DestinationIdentity = outcome.Destination.Identity,
            };
        }
        catch (AgentException wrong)
        {
            Fail(wrong.Code, wrong.Message, wrong.Remedy);
        }
        catch (CryptographicException)
        {
            Fail("SEALED_FOR_ANOTHER", "The destination's address was not sealed to this host.", "Validate again.");
        }
        catch (MongoException refused)
        {
            Fail("destination-content", SecretText.OfText(refused.Message), "Validate again.");
        }
        catch (Exception unforeseen) when (!cancellationToken.IsCancellationRequested)
        {
            // Were it let through, nobody would be told before the validation has timed out, nor then why.
            Fail(
                "UNFORESEEN",
                SecretText.OfText($"{unforeseen.GetType().Name}: {unforeseen.Message}"),
                "Validate again; the support bundle helps to report it."
            );
        }

        changed();
    }

    /// <summary>
    /// What is on both sides is a warning here and stops the start, unless it is cleared or left out by then (P1); where an earlier
    /// migration has ended nothing can begin.
    /// </summary>
    private static ReportedCheck Judge(Finding finding, ClusterFacts destination) =>
        finding.Id != Clearing.ExistingData ? HostChecks.Describe(finding)
        : Clearing.FindEnded(destination) is { } ended ? new(finding.Id, "FAILED", ended.Message, ended.Remedy)
        : HostChecks.Describe(finding, finding.State == FindingState.Failed ? FindingState.Warning : finding.State);

    /// <summary>What is known before all is.</summary>
    private void Tell(IReadOnlyList<Finding> findings)
    {
        report = report with { Checks = [.. findings.Select(one => HostChecks.Describe(one))] };
        changed();
    }

    private void Fail(string id, string message, string remedy) =>
        report = report with { IsFinished = true, Checks = [new(id, "FAILED", message, remedy)] };
}

using Godwit.Contracts.Agents;
using Godwit.Hub.Requests;

namespace Godwit.Hub.Validation;

/// <summary>A validation, from the request to what it found. Immutable; replaced whole.</summary>
internal sealed record ValidationState
{
    /// <summary>How long what it found may be built upon (P17).</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>How long a host may take, or be away, before the validation has failed.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public required MigrationPlan Plan { get; init; }

    public required ValidationStage Stage { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Password of the user that reads the destination, encrypted; recorded before the user is made.</summary>
    public string? SealedPassword { get; init; }

    public IReadOnlyList<ReportedCheck> Checks { get; init; } = [];

    public string? SourceIdentity { get; init; }

    public string? DestinationIdentity { get; init; }

    /// <summary>What the destination held, where it is to be cleared: this and nothing else is dropped at the start (P2).</summary>
    public IReadOnlyList<CollectionToClear>? ToClear { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    internal bool IsFinished => FinishedAt is not null;

    internal bool Succeeded => IsFinished && Checks.All(check => check.State != "FAILED");

    internal string Status =>
        !IsFinished ? "PENDING"
        : Succeeded ? "SUCCESS"
        : "FAILED";

    /// <summary>Every failure with its remedy, in one text.</summary>
    internal string? ErrorMessage =>
        Status == "FAILED"
            ? string.Join(
                ' ',
                Checks.Where(check => check.State == "FAILED").Select(check => $"{check.Message} {check.Remedy}".Trim())
            )
            : null;

    /// <summary>The host says how far it is.</summary>
    internal ValidationState Observe(ReportedValidation report, DateTimeOffset now) =>
        Stage != ValidationStage.Running
            ? this
            : this with
            {
                Checks = report.Checks,
                SourceIdentity = report.SourceIdentity,
                DestinationIdentity = report.DestinationIdentity,
                ToClear = report.ToClear,
                Stage = report.IsFinished ? Leaving : Stage,
                FinishedAt = report.IsFinished ? now : null,
            };

    /// <summary>It cannot be carried out.</summary>
    internal ValidationState Fail(string id, string message, string remedy, DateTimeOffset now) =>
        this with
        {
            Checks = [.. Checks, new(id, "FAILED", message, remedy)],
            Stage = Leaving,
            FinishedAt = now,
        };

    private ValidationStage Leaving => SealedPassword is null ? ValidationStage.Ended : ValidationStage.Removing;
}

/// <summary>Where a validation is.</summary>
internal enum ValidationStage
{
    /// <summary>Its user is being made on the destination.</summary>
    Granting,

    /// <summary>The host runs the checks.</summary>
    Running,

    /// <summary>Its user is being removed.</summary>
    Removing,

    /// <summary>Nothing is left to do.</summary>
    Ended,
}

namespace Godwit.Contracts.Atlas;

/// <summary>The body of every refusal.</summary>
/// <param name="Error">The HTTP status.</param>
/// <param name="ErrorCode">Stable name.</param>
/// <param name="Detail">What is wrong, naming the thing.</param>
/// <param name="Reason">The status in words.</param>
/// <param name="Parameters">Values in the message.</param>
/// <param name="BadRequestDetail">Which fields of a body are wrong.</param>
internal sealed record ApiError(
    int Error,
    string ErrorCode,
    string? Detail,
    string? Reason,
    IReadOnlyList<object> Parameters,
    BadRequestDetail? BadRequestDetail = null
);

/// <summary>Which fields of a body are wrong.</summary>
/// <param name="Fields">One entry a field.</param>
internal sealed record BadRequestDetail(IReadOnlyList<BadField> Fields);

/// <summary>One wrong field.</summary>
/// <param name="Field">Its path in the body.</param>
/// <param name="Description">What is wrong with it.</param>
internal sealed record BadField(string Field, string Description);

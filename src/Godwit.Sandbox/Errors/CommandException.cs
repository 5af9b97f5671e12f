using Godwit.Bson;

namespace Godwit.Sandbox.Errors;

/// <summary>
/// The expected "no" of a command: becomes <c>{ok: 0, errmsg, code, codeName}</c> or one entry of <c>writeErrors</c>.
/// Everything the Sandbox refuses is refused with this and MongoDB's own code.
/// </summary>
internal sealed class CommandException : Exception
{
    /// <summary>Refuses with a code and a message in MongoDB's words where clients look at them.</summary>
    internal CommandException(ErrorCode code, string message, RawDocument? details = null)
        : base(message)
    {
        Code = code;
        Details = details;
    }

    /// <summary>Refuses with a number that has no name ("Location12345").</summary>
    internal CommandException(int code, string message, RawDocument? details = null)
        : this((ErrorCode)code, message, details) { }

    /// <summary>The same refusal, its text saying where it came from.</summary>
    internal CommandException With(string where)
    {
        var refusal = new CommandException(Code, $"{where} :: caused by :: {Message}", Details);
        refusal.Labels.AddRange(Labels);
        return refusal;
    }

    /// <summary>The code.</summary>
    internal ErrorCode Code { get; }

    /// <summary>Further fields of the error (for instance <c>keyPattern</c> and <c>keyValue</c> of a duplicate key).</summary>
    internal RawDocument? Details { get; }

    /// <summary>Labels that are part of the error itself; those that depend on the session are added by the dispatcher.</summary>
    internal List<string> Labels { get; } = [];

    /// <summary>The <c>codeName</c> of the reply.</summary>
    internal string CodeName => Enum.IsDefined(Code) ? Code.ToString() : $"Location{(int)Code}";
}

using System.Collections.Immutable;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation;

/// <summary>
/// What parsing an expression needs to know: the collation, the values that are fixed for the whole command
/// (<c>$$NOW</c>, <c>$$CLUSTER_TIME</c>, the command's <c>let</c>) and the variables declared around it.
/// </summary>
internal sealed record ExpressionContext
{
    /// <summary>Compares values; strings by the command's collation.</summary>
    internal ValueComparer Comparer { get; init; } = ValueComparer.Binary;

    /// <summary>The same order, for sorting.</summary>
    internal IComparer<RawValue> Order => Comparer;

    /// <summary>The release of the server: earlier ones do not know all operators.</summary>
    internal Version Release { get; init; } = ServerProfile.V80.Version;

    /// <summary>Names that stand for a value known before the command runs.</summary>
    internal ImmutableDictionary<string, RawValue> Constants { get; init; } =
        ImmutableDictionary<string, RawValue>.Empty;

    /// <summary>Names declared by <c>$let</c>, <c>$map</c>, <c>$lookup</c> and the like.</summary>
    internal ImmutableDictionary<string, VariableSlot> Declared { get; init; } =
        ImmutableDictionary<string, VariableSlot>.Empty;

    /// <summary>A context for a command: with <c>$$NOW</c>, the cluster time where there is one, and the command's <c>let</c>.</summary>
    internal static ExpressionContext ForCommand(
        DateTimeOffset now,
        ClusterTime? clusterTime,
        ValueComparer? comparer = null,
        RawDocument? let = null,
        Version? release = null
    )
    {
        var context = new ExpressionContext
        {
            Release = release ?? ServerProfile.V80.Version,
            Comparer = comparer ?? ValueComparer.Binary,
            Constants = ImmutableDictionary<string, RawValue>.Empty.Add("NOW", RawValue.DateTime(now)),
        };
        if (context.Release.Knows(Novelties.UserRoles))
        {
            context = context with { Constants = context.Constants.Add("USER_ROLES", new ArrayBuilder().Build()) };
        }

        if (clusterTime is { } time)
        {
            context = context with { Constants = context.Constants.Add("CLUSTER_TIME", time) };
        }

        return let is { } variables ? context.WithLet(variables) : context;
    }

    /// <summary>This context with the constants of a command's <c>let</c>; its expressions may not name fields.</summary>
    internal ExpressionContext WithLet(RawDocument let)
    {
        var constants = Constants;
        foreach (var element in let)
        {
            CheckVariableName(element.Name);
            var value = Expression.Parse(element.Value, this with { Constants = constants });
            constants = constants.SetItem(element.Name, value.Evaluate(RawDocument.Empty, Variables.Empty));
        }

        return this with
        {
            Constants = constants,
        };
    }

    /// <summary>This context with one more variable.</summary>
    internal ExpressionContext Declare(string name, out VariableSlot slot)
    {
        slot = new(name);
        return this with { Declared = Declared.SetItem(name, slot) };
    }

    /// <summary>Refuses names a user's variable may not have.</summary>
    internal static void CheckVariableName(string name, bool allowsCurrent = false)
    {
        if (name.Length == 0)
        {
            throw new CommandException(ErrorCode.FailedToParse, "empty variable names are not allowed");
        }

        if (allowsCurrent && string.Equals(name, "CURRENT", StringComparison.Ordinal))
        {
            return;
        }

        if (!char.IsAsciiLetterLower(name[0]) && name[0] < 0x80)
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                $"'{name}' starts with an invalid character for a user variable name"
            );
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_' && c < 0x80)
            {
                throw new CommandException(
                    ErrorCode.FailedToParse,
                    $"'{name}' contains an invalid character for a variable name: '{c}'"
                );
            }
        }
    }
}

using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>Stable API: version 1 is the only one, and strict clients get only what belongs to it.</summary>
internal static class ApiVersion
{
    /// <summary>Whether a stage of a pipeline does not belong to version 1.</summary>
    internal static bool IsOutside(string stage) =>
        stage
            is "$currentOp"
                or "$indexStats"
                or "$listLocalSessions"
                or "$listSessions"
                or "$planCacheStats"
                or "$listSampledQueries"
                or "$listSearchIndexes"
                or "$queryStats";

    /// <summary>Refuses unknown versions, and under <c>apiStrict</c> commands outside the version.</summary>
    internal static void Check(GenericArguments generic, CommandTraits traits)
    {
        if (generic.ApiVersion is not { } version)
        {
            if (generic.IsApiStrict || generic.HasApiDeprecationErrors)
            {
                throw new CommandException(
                    4886600,
                    "Provided apiStrict and/or apiDeprecationErrors without passing apiVersion"
                );
            }

            return;
        }

        if (version != "1")
        {
            throw new CommandException(ErrorCode.APIVersionError, $"Cannot accept API version {version}");
        }

        if (generic.IsApiStrict && !traits.IsInApiVersion1)
        {
            throw new CommandException(
                ErrorCode.APIStrictError,
                $"Provided apiStrict:true, but the command {traits.Name} is not in API Version 1. Information on supported "
                    + "commands and migrations in API Version 1 can be found at "
                    + "https://dochub.mongodb.org/core/manual-versioned-api."
            );
        }
    }
}

using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>The reply of <c>listCommands</c>.</summary>
internal static class CommandListing
{
    /// <summary>Builds it.</summary>
    internal static DocumentBuilder Build(CommandContext context)
    {
        var known = context.Member.Router is null ? CommandTable.All : Sharding.RouterCommandTable.All;
        var commands = new DocumentBuilder();
        foreach (
            var traits in known
                .Select(command => command.Traits)
                .Where(traits => context.Member.Profile.Version.Knows(traits.Name))
                .OrderBy(traits => traits.Name, StringComparer.Ordinal)
        )
        {
            commands.Add(
                traits.Name,
                new DocumentBuilder
                {
                    { "help", traits.Help },
                    { "requiresAuth", traits.RequiresAuthentication },
                    { "secondaryOk", traits.OnSecondary == SecondaryUse.Always },
                    { "adminOnly", traits.IsAdminOnly },
                    {
                        "secondaryOverrideOk",
                        traits.OnSecondary == SecondaryUse.OptIn && context.Member.Router is null
                            ? true
                            : default(RawValue)
                    },
                    {
                        "apiVersions",
                        traits.IsInApiVersion1 ? new ArrayBuilder { "1" }.Build() : new ArrayBuilder().Build()
                    },
                    { "deprecatedApiVersions", new ArrayBuilder().Build() },
                }
            );
        }

        return new() { { "commands", commands } };
    }
}

using Godwit.Bson;

namespace Godwit.Sandbox.Commands;

/// <summary><c>buildInfo</c>: the release the member behaves as.</summary>
internal sealed class BuildInfoCommand : SynchronousCommand
{
    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("buildInfo")
        {
            Aliases = ["buildinfo"],
            Fields = CommandTraits.FieldSet(),
            OnSecondary = SecondaryUse.Always,
            RequiresAuthentication = false,
            TakesSession = false,
            Help = "get version #, etc.",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        var profile = context.Member.Profile;
        return new DocumentBuilder
        {
            { "version", profile.Version.ToString() },
            { "gitVersion", "nogitversion" },
            { "modules", new ArrayBuilder().Build() },
            { "allocator", "system" },
            { "javascriptEngine", "none" },
            { "sysInfo", "deprecated" },
            { "versionArray", profile.ToArray() },
            {
                "openssl",
                new DocumentBuilder { { "running", "none" }, { "compiled", "none" } }
            },
            { "buildEnvironment", BuildEnvironment() },
            { "bits", 64 },
            { "debug", false },
            { "maxBsonObjectSize", 16 * 1024 * 1024 },
            {
                "storageEngines",
                context.Member.Router is null ? new ArrayBuilder { "devnull", "wiredTiger" }.Build() : RawValue.Missing
            },
        }.Build();
    }

    private static DocumentBuilder BuildEnvironment()
    {
        var environment = new DocumentBuilder { { "distmod", "" }, { "distarch", "x86_64" } };
        foreach (var field in new[] { "cc", "ccflags", "cxx", "cxxflags", "linkflags" })
        {
            environment.Add(field, "");
        }

        return environment.Add("target_arch", "x86_64").Add("target_os", "linux").Add("cppdefines", "");
    }
}

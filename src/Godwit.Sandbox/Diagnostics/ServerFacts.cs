using System.Runtime.InteropServices;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>What the server says of how it was started, of its log and its machine.</summary>
internal static class ServerFacts
{
    /// <summary>The reply of <c>getCmdLineOpts</c>.</summary>
    internal static DocumentBuilder CommandLine(CommandContext context)
    {
        var member = context.Member;
        var port = member.Host[(member.Host.LastIndexOf(':') + 1)..];
        var parsed = new DocumentBuilder
        {
            {
                "net",
                new DocumentBuilder
                {
                    { "bindIp", "127.0.0.1" },
                    { "port", int.TryParse(port, out var number) ? number : 0 },
                }
            },
        };
        if (member.Replica is not null)
        {
            parsed.Add("replication", new DocumentBuilder { { "replSet", member.Options.SetName } });
        }

        if (member.Router is { } router)
        {
            parsed
                .Add("sharding", new DocumentBuilder { { "configDB", router.Cluster.Config.ConnectionString } })
                .Add("systemLog", new DocumentBuilder { { "destination", "file" }, { "path", "" } });
            return new() { { "argv", new ArrayBuilder { "mongos", "--port", port }.Build() }, { "parsed", parsed } };
        }

        parsed
            .Add("storage", new DocumentBuilder { { "dbPath", member.Options.DataDirectory } })
            .Add("systemLog", new DocumentBuilder { { "destination", "file" }, { "path", "" } });
        return new() { { "argv", new ArrayBuilder { "mongod", "--port", port }.Build() }, { "parsed", parsed } };
    }

    /// <summary>The reply of <c>getLog</c>.</summary>
    internal static DocumentBuilder Log(CommandContext context)
    {
        var name = context.Arguments.RequiredString("getLog");
        return name switch
        {
            "*" => new() { { "names", new ArrayBuilder { "global", "startupWarnings" }.Build() } },
            "global" => new()
            {
                { "totalLinesWritten", RawValue.Narrow(context.Member.Log.Written) },
                { "log", RawValue.Array(context.Member.Log.Lines.Select(RawValue.String)) },
            },
            "startupWarnings" => new() { { "totalLinesWritten", 0 }, { "log", new ArrayBuilder().Build() } },
            _ => throw new CommandException(ErrorCode.OperationFailed, $"No log named '{name}'"),
        };
    }

    /// <summary>The reply of <c>hostInfo</c>.</summary>
    internal static DocumentBuilder Host(CommandContext context)
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024);
        return new()
        {
            {
                "system",
                new DocumentBuilder
                {
                    { "currentTime", RawValue.DateTime(context.Member.Time.GetUtcNow()) },
                    { "hostname", context.Member.Host },
                    { "cpuAddrSize", 64 },
                    { "memSizeMB", memory },
                    { "memLimitMB", memory },
                    { "numCores", Environment.ProcessorCount },
                    { "numCoresAvailableToProcess", Environment.ProcessorCount },
                    { "numPhysicalCores", Environment.ProcessorCount },
                    { "numCpuSockets", 1 },
                    { "cpuArch", "x86_64" },
                    { "numaEnabled", false },
                    { "numNumaNodes", 1 },
                }
            },
            {
                "os",
                new DocumentBuilder
                {
                    { "type", "Linux" },
                    { "name", RuntimeInformation.OSDescription },
                    { "version", Environment.OSVersion.VersionString },
                }
            },
            { "extra", RawDocument.Empty },
        };
    }
}

using System.Reflection;
using System.Runtime.Loader;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;
using NSwag.CodeGeneration.OperationNameGenerators;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>A client that nobody here has written: made by NSwag from the Hub's document, compiled, and driven through a migration.</summary>
[Requirement("F01")]
public sealed class GeneratedClientTests
{
    private const string Namespace = "Generated";
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_generated_from_the_document_completes_a_migration()
    {
        await using var stage = await Stage.SetAsync();
        using var http = stage.Api.NewHttpClient();
        var assembly = Compile(await GenerateAsync(http));
        dynamic client = Activator.CreateInstance(assembly.GetType($"{Namespace}.HubClient")!, http)!;
        var body = Request(assembly, stage);

        dynamic validation = await client.ValidateMigrationAsync(stage.Api.ProjectId, body, Cancellation);
        await UntilAsync(async () =>
            (string)(await client.GetValidationAsync(stage.Api.ProjectId, validation.Id, Cancellation)).Status
            == "SUCCESS"
        );
        dynamic made = await client.CreateMigrationAsync(stage.Api.ProjectId, body, Cancellation);
        string id = made.Id;
        await UntilAsync(async () =>
            (bool)(await client.GetMigrationAsync(stage.Api.ProjectId, id, Cancellation)).ReadyForCutover
        );
        await client.CutoverMigrationAsync(stage.Api.ProjectId, id, Cancellation);
        await UntilAsync(async () =>
            (string)(await client.GetMigrationAsync(stage.Api.ProjectId, id, Cancellation)).Status == "COMPLETE"
        );
        await stage.ShouldBeIdenticalAsync(Stage.Documents);
    }

    private static async Task<string> GenerateAsync(HttpClient http)
    {
        var document = await OpenApiDocument.FromJsonAsync(
            await http.GetStringAsync("/api/openapi.json", Cancellation),
            Cancellation
        );
        var settings = new CSharpClientGeneratorSettings
        {
            ClassName = "HubClient",
            UseBaseUrl = false,
            OperationNameGenerator = new SingleClientFromOperationIdOperationNameGenerator(),
        };
        settings.CSharpGeneratorSettings.Namespace = Namespace;
        settings.CSharpGeneratorSettings.JsonLibrary = CSharpJsonLibrary.SystemTextJson;
        return new CSharpClientGenerator(document, settings).GenerateFile();
    }

    private static Assembly Compile(string code)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(file => MetadataReference.CreateFromFile(file));
        var compilation = CSharpCompilation.Create(
            "GeneratedClient",
            [CSharpSyntaxTree.ParseText(code, cancellationToken: Cancellation)],
            references,
            new(OutputKind.DynamicallyLinkedLibrary)
        );
        using var bytes = new MemoryStream();
        var emitted = compilation.Emit(bytes, cancellationToken: Cancellation);
        emitted.Success.ShouldBeTrue(string.Join('\n', emitted.Diagnostics.Take(10)));
        bytes.Position = 0;
        return AssemblyLoadContext.Default.LoadFromStream(bytes);
    }

    private static dynamic Request(Assembly assembly, Stage stage)
    {
        dynamic source = New(assembly, "SourceRequest");
        source.ClusterName = "shop";
        source.GroupId = stage.SourceProjectId;
        source.ManagedAuthentication = true;
        source.Ssl = false;
        dynamic destination = New(assembly, "DestinationRequest");
        destination.ClusterName = "shop-cloud";
        destination.GroupId = stage.Api.ProjectId;
        destination.HostnameSchemaType = "PUBLIC";
        dynamic request = New(assembly, "LiveMigrationRequest");
        request.Source = source;
        request.Destination = destination;
        request.MigrationHosts = new List<string> { Stage.Host };
        return request;
    }

    private static object New(Assembly assembly, string type) =>
        Activator.CreateInstance(assembly.GetType($"{Namespace}.{type}")!)!;

    private static Task UntilAsync(Func<Task<bool>> holds) =>
        Condition.UntilAsync(holds, () => "it did not come about", TimeSpan.FromMinutes(5), Cancellation);
}

using System.Text.RegularExpressions;
using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Godwit.Hub.Api;

/// <summary>The OpenAPI document, made from the endpoints themselves, and a page to read it (F01).</summary>
internal static partial class OpenApi
{
    /// <summary>Where the document is served.</summary>
    internal const string DocumentPath = "/api/openapi.json";

    /// <summary>Where it can be read and tried.</summary>
    internal const string ReferencePath = "/api/reference";

    private const string Digest = "digest";
    private const string ServiceAccount = "serviceAccount";
    private const string AtlasTag = "Atlas";
    private const string OwnTag = "Godwit";

    internal static void AddServices(IServiceCollection services)
    {
        _ = services.ConfigureHttpJsonOptions(json =>
        {
            foreach (var converter in ApiJson.Options.Converters)
            {
                json.SerializerOptions.Converters.Add(converter);
            }

            json.SerializerOptions.NumberHandling = ApiJson.Options.NumberHandling;
        });
        _ = services.AddOpenApi(
            "v1",
            options =>
            {
                // What generators read best today.
                options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_0;
                options.ShouldInclude = endpoint =>
                    endpoint.ActionDescriptor.EndpointMetadata.OfType<IEndpointNameMetadata>().Any();
                _ = options.AddDocumentTransformer(
                    (document, _, _) =>
                    {
                        Introduce(document);
                        return Task.CompletedTask;
                    }
                );
                _ = options.AddOperationTransformer(
                    (operation, context, _) =>
                    {
                        Complete(operation, context);
                        return Task.CompletedTask;
                    }
                );
            }
        );
    }

    internal static void Map(IEndpointRouteBuilder routes)
    {
        _ = routes.MapOpenApi(DocumentPath);
        _ = routes.MapScalarApiReference(
            ReferencePath,
            options =>
            {
                options.Title = "Godwit Hub";
                options.OpenApiRoutePattern = DocumentPath;
                // Nothing is fetched from elsewhere: the Hub may stand in a closed network.
                options.DefaultFonts = false;
                options.Telemetry = false;
            }
        );
    }

    private static void Introduce(OpenApiDocument document)
    {
        document.Info = new()
        {
            Title = "Godwit Hub",
            Version = "v1",
            Description =
                "Live migrations between MongoDB deployments. Paths under /api/atlas/v2 are those of Atlas' Admin API, in its media types; "
                + "those under /api/godwit/v1 are Godwit's own.",
        };
        document.Servers = [];
        document.Tags = new HashSet<OpenApiTag>
        {
            new() { Name = AtlasTag },
            new() { Name = OwnTag },
        };
        foreach (var (path, item) in document.Paths)
        {
            var tag = path.StartsWith("/api/atlas", StringComparison.Ordinal) ? AtlasTag : OwnTag;
            foreach (var operation in (item.Operations ?? []).Values)
            {
                operation.Tags = new HashSet<OpenApiTagReference> { new(tag, document) };
            }
        }

        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [Digest] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "digest",
                Description = "An API key: its public part is the user name, its private part the password.",
            },
            [ServiceAccount] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.OAuth2,
                Description = "A service account.",
                Flows = new()
                {
                    ClientCredentials = new()
                    {
                        TokenUrl = new Uri(Access.ServiceAccounts.TokenPath, UriKind.Relative),
                        Scopes = new Dictionary<string, string>(StringComparer.Ordinal),
                    },
                },
            },
        };
        document.Security =
        [
            new() { [new OpenApiSecuritySchemeReference(Digest, document)] = [] },
            new() { [new OpenApiSecuritySchemeReference(ServiceAccount, document)] = [] },
        ];
    }

    private static void Complete(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var path = context.Description.RelativePath ?? "";
        operation.Parameters ??= [];
        var routed = PathParameter().Matches(path).Select(match => match.Groups[1].Value).ToList();
        foreach (var name in routed)
        {
            AddParameter(operation, name, ParameterLocation.Path, Schema(name));
        }

        // In the path's order, then the others: generated clients take them so.
        operation.Parameters =
        [
            .. operation.Parameters.OrderBy(one =>
                one.In == ParameterLocation.Path ? routed.IndexOf(one.Name!) : routed.Count
            ),
        ];

        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var isPage = context.Description.SupportedResponseTypes.Any(type =>
            type.Type is { IsGenericType: true } page && page.GetGenericTypeDefinition() == typeof(Page<>)
        );
        if (isPage)
        {
            AddParameter(operation, "pageNum", ParameterLocation.Query, new() { Type = JsonSchemaType.Integer });
            AddParameter(operation, "itemsPerPage", ParameterLocation.Query, new() { Type = JsonSchemaType.Integer });
            AddParameter(operation, "includeCount", ParameterLocation.Query, new() { Type = JsonSchemaType.Boolean });
        }

        var versions = metadata.OfType<Described.Versioned>().FirstOrDefault()?.Versions;
        var types = versions is null ? [ApiVersion.PlainType] : versions.Select(version => version.MediaType).ToArray();
        if (operation.RequestBody is OpenApiRequestBody { Content: { } content } body)
        {
            body.Required = true;
            Retype(content, "*/*", types);
        }

        foreach (var (status, answer) in operation.Responses ?? [])
        {
            if (status.StartsWith('2') && versions is not null && answer is OpenApiResponse { Content: { } shown })
            {
                Retype(shown, ApiVersion.PlainType, types);
            }
        }
    }

    private static void Retype(IDictionary<string, OpenApiMediaType> content, string from, IReadOnlyList<string> to)
    {
        if (content.Remove(from, out var schema))
        {
            foreach (var type in to)
            {
                content[type] = schema;
            }
        }
    }

    private static void AddParameter(
        OpenApiOperation operation,
        string name,
        ParameterLocation location,
        OpenApiSchema schema
    )
    {
        if (operation.Parameters!.All(one => one.Name != name))
        {
            operation.Parameters!.Add(
                new OpenApiParameter
                {
                    Name = name,
                    In = location,
                    Required = location == ParameterLocation.Path,
                    Schema = schema,
                }
            );
        }
    }

    private static OpenApiSchema Schema(string name) =>
        name.EndsWith("Id", StringComparison.Ordinal) && name != "clientId"
            ? new() { Type = JsonSchemaType.String, Pattern = "^([a-f0-9]{24})$" }
            : new() { Type = JsonSchemaType.String };

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex PathParameter();
}

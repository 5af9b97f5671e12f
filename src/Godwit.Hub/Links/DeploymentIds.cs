using System.Security.Cryptography;
using System.Text;
using Godwit.Contracts.Agents;

namespace Godwit.Hub.Links;

/// <summary>Ids of deployments: from project and name, so that one that is reported anew has the id it had.</summary>
internal static class DeploymentIds
{
    private const int Bytes = 12;

    internal static string Of(ReportedDeployment deployment) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{deployment.ProjectId}/{deployment.Name}")).AsSpan(0, Bytes)
        );
}

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Hub.Hosting;

/// <summary>The pages people see: a part of their own, which the Hub serves beside its API if it is given one.</summary>
internal interface IHubPages
{
    /// <summary>Adds what the pages need.</summary>
    void AddServices(IServiceCollection services);

    /// <summary>Adds the pages and their assets, after authentication.</summary>
    void Map(WebApplication application);
}

using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>Compiles a route configuration once for all proxies that were given it.</summary>
/// <param name="profile">Release whose rules apply.</param>
internal sealed class RouteCache(Core.IstioProfile profile)
{
    private readonly Dictionary<RouteConfiguration, CompiledRouteConfiguration> _compiled =
        new(ReferenceEqualityComparer.Instance);

    public CompiledRouteConfiguration Of(RouteConfiguration configuration)
    {
        if (!_compiled.TryGetValue(configuration, out CompiledRouteConfiguration? compiled))
        {
            compiled = CompiledRouteConfiguration.Compile(configuration, RepeatedHeaderRules.OfRoutes(profile));
            _compiled.Add(configuration, compiled);
        }

        return compiled;
    }
}

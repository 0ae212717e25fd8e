using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>Compiles a route configuration once for all proxies that were given it.</summary>
internal sealed class RouteCache
{
    private readonly Dictionary<RouteConfiguration, CompiledRouteConfiguration> _compiled =
        new(ReferenceEqualityComparer.Instance);

    public CompiledRouteConfiguration Of(RouteConfiguration configuration)
    {
        if (!_compiled.TryGetValue(configuration, out CompiledRouteConfiguration? compiled))
        {
            compiled = CompiledRouteConfiguration.Compile(configuration);
            _compiled.Add(configuration, compiled);
        }

        return compiled;
    }
}

using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Bench.Operations;

/// <summary>Finds the route of a request among ten with two header conditions each.</summary>
/// <param name="remembers">Templates with a number: the verdict is looked up after the first time.</param>
internal sealed class RouteMatching(bool remembers) : Operation
{
    private readonly CompiledRouteConfiguration _routes = CompiledRouteConfiguration.Compile(MeshParts.Routes());
    private readonly RequestHeaders[] _requests = MeshParts.Requests(remembers);
    private readonly RngStream _stream = new(5);

    public override long Run(int count)
    {
        long sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += _routes.Match(_requests[i % _requests.Length], _stream.NextUInt64()).Route!.Index;
        }

        return sum;
    }
}

/// <summary>Asks three filters of four rules each.</summary>
/// <param name="remembers">Numbered connections and templates: the verdict is looked up after the first time.</param>
internal sealed class Authorization(bool remembers) : Operation
{
    private readonly RbacEngine _engine = RbacEngine.Compile(MeshParts.Policies());
    private readonly RequestHeaders[] _requests = MeshParts.Requests(remembers);
    private readonly RbacRequest _caller = MeshParts.Caller(remembers ? 0 : -1);

    public override long Run(int count)
    {
        long allowed = 0;
        RbacRequest request = _caller;
        for (int i = 0; i < count; i++)
        {
            request.Headers = _requests[i % _requests.Length];
            allowed += _engine.Evaluate(in request).IsAllowed ? 1 : 0;
        }

        return allowed;
    }
}

/// <summary>Picks priority, locality and host: 30 hosts in three regions, least request.</summary>
internal sealed class HostPick : Operation
{
    private readonly UpstreamCluster _cluster = MeshParts.Cluster(0, new RngStream(6));

    public override long Run(int count)
    {
        long sum = 0;
        for (int i = 0; i < count; i++)
        {
            var context = default(LbContext);
            sum += _cluster.ChooseHost(ref context, i)!.Priority;
        }

        return sum;
    }
}

/// <summary>One routed decision: route, authorization, priority, locality and host.</summary>
internal sealed class RoutedDecision : Operation
{
    private readonly CompiledRouteConfiguration _routes = CompiledRouteConfiguration.Compile(MeshParts.Routes());
    private readonly RbacEngine _engine = RbacEngine.Compile(MeshParts.Policies());
    private readonly UpstreamCluster _cluster = MeshParts.Cluster(0, new RngStream(6));
    private readonly RequestHeaders[] _requests = MeshParts.Requests(true);
    private readonly RngStream _stream = new(7);
    private readonly RbacRequest _caller = MeshParts.Caller(0);

    public override long Run(int count)
    {
        long sum = 0;
        RbacRequest caller = _caller;
        for (int i = 0; i < count; i++)
        {
            RequestHeaders request = _requests[i % _requests.Length];
            CompiledRoute route = _routes.Match(request, _stream.NextUInt64()).Route!;
            caller.Headers = request;
            var context = default(LbContext);
            Host host = _cluster.ChooseHost(ref context, i)!;
            sum += route.Index + host.Priority + (_engine.Evaluate(in caller).IsAllowed ? 1 : 0);
        }

        return sum;
    }
}

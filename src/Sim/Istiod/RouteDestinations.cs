using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>All destinations a VirtualService names for callers of a namespace.</summary>
/// <remarks>Istio: pilot/pkg/model/virtualservice.go#virtualServiceDestinationsFilteredBySourceNamespace.</remarks>
internal static class RouteDestinations
{
    public static IEnumerable<Destination> Of(VirtualService vs, string sourceNamespace)
    {
        foreach (HttpRoute h in vs.Http)
        {
            if (h.Matches.Count > 0 && h.Matches.All(
                    m => m.SourceNamespace.Length > 0 && m.SourceNamespace != sourceNamespace))
            {
                continue;
            }

            foreach (RouteDestination d in h.Route)
            {
                yield return d.Destination;
            }

            foreach (HttpMirror m in h.Mirrors)
            {
                yield return m.Destination;
            }
        }

        foreach (L4Route r in vs.Tcp.Concat(vs.Tls))
        {
            if (r.Matches.Count > 0 && r.Matches.All(
                    m => m.SourceNamespace.Length > 0 && m.SourceNamespace != sourceNamespace))
            {
                continue;
            }

            foreach (RouteDestination d in r.Route)
            {
                yield return d.Destination;
            }
        }
    }
}

using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs;

/// <summary>Extension <c>global-hosts</c>: <c>SERVICE.NAMESPACE.global</c> is read as that Service in all clusters.
/// </summary>
/// <remarks>Istio has no such names. The extension rewrites them where they are hosts of requests, DestinationRules
/// and VirtualServices, and leaves out ServiceEntries that only declare such names. Every rewriting is reported.
/// </remarks>
internal sealed class GlobalHosts(Func<string, string, bool> isService)
{
    /// <summary>The Service's own host for a global name; other hosts stay as they are.</summary>
    public string Rewrite(string host)
    {
        string[] parts = host.Split('.');
        return parts is [var service, var ns, "global"] && isService(ns, service)
            ? service + "." + ns + ".svc.cluster.local" : host;
    }

    /// <summary>The objects of a cluster with global names rewritten.</summary>
    public ManifestSet Rewrite(ManifestSet objects, DiagnosticBag diagnostics)
    {
        var kept = new List<KubeObject>(objects.Objects.Count);
        foreach (KubeObject o in objects.Objects)
        {
            switch (o)
            {
                case ServiceEntry { Spec.Hosts: { Count: > 0 } hosts } when hosts.All(h => Rewrite(h.Value) != h.Value):
                    Tell(o, "has no effect: its hosts are the Services they are named after", diagnostics);
                    break;
                case DestinationRule { Spec: { Host: { } host } spec } rule when Rewrite(host.Value) != host.Value:
                    Tell(o, "applies to the Service its host is named after", diagnostics);
                    kept.Add(rule with { Spec = spec with { Host = host with { Value = Rewrite(host.Value) } } });
                    break;
                case VirtualService { Spec: { } spec } service when spec.Hosts.Any(h => Rewrite(h.Value) != h.Value):
                    Tell(o, "applies to the Services its hosts are named after", diagnostics);
                    kept.Add(service with { Spec = Rewrite(spec) });
                    break;
                default:
                    kept.Add(o);
                    break;
            }
        }

        return new ManifestSet(kept);
    }

    private static void Tell(KubeObject o, string what, DiagnosticBag diagnostics) =>
        diagnostics.Info("MS4004", $"{o.Resource} {what} (extension global-hosts)", o.Span,
            "Istio has no such names", o.Resource);

    private VirtualServiceSpec Rewrite(VirtualServiceSpec spec) => spec with
    {
        Hosts = [.. spec.Hosts.Select(h => h with { Value = Rewrite(h.Value) })],
        Http =
        [
            .. spec.Http.Select(r => r with
            {
                Route =
                [
                    .. r.Route.Select(d => d.Destination is { Host: { } host } destination
                        ? d with { Destination = destination with { Host = host with { Value = Rewrite(host.Value) } } }
                        : d),
                ],
            }),
        ],
    };
}

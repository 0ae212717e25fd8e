using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>VirtualServices by visibility.</summary>
/// <remarks>Istio: pilot/pkg/model/push_context.go#initVirtualServices, #VirtualServicesForGateway.</remarks>
internal sealed class VirtualServiceIndex
{
    private readonly Dictionary<string, List<VirtualService>> _private = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<VirtualService>> _exported = new(StringComparer.Ordinal);
    private readonly List<VirtualService> _public = [];

    public VirtualServiceIndex(IReadOnlyList<VirtualService> all, IReadOnlyList<string> defaultExportTo)
    {
        foreach (VirtualService vs in DelegateMerger.Resolve(all, defaultExportTo))
        {
            IReadOnlyList<string> exportTo = vs.ExportTo.Count > 0 ? vs.ExportTo : defaultExportTo;
            if (exportTo.Contains("*"))
            {
                _public.Add(vs);
            }
            else if (!exportTo.Contains("~"))
            {
                foreach (string target in exportTo.Distinct().Order(StringComparer.Ordinal))
                {
                    bool own = target == "." || target == vs.Meta.Namespace;
                    At(own ? _private : _exported, own ? vs.Meta.Namespace : target).Add(vs);
                }
            }
        }
    }

    /// <summary>VirtualServices of a gateway (or <c>mesh</c>) that a namespace sees: private, exported, public; each
    /// oldest first.</summary>
    public IReadOnlyList<VirtualService> For(string ns, string gateway)
    {
        var result = new List<VirtualService>();
        foreach (List<VirtualService>? list in (List<VirtualService>?[])
                 [_private.GetValueOrDefault(ns), _exported.GetValueOrDefault(ns), _public])
        {
            foreach (VirtualService vs in list ?? [])
            {
                if (vs.Gateways.Contains(gateway))
                {
                    result.Add(vs);
                }
            }
        }

        return result;
    }

    private static List<VirtualService> At(Dictionary<string, List<VirtualService>> map, string ns)
    {
        if (!map.TryGetValue(ns, out List<VirtualService>? list))
        {
            map.Add(ns, list = []);
        }

        return list;
    }
}

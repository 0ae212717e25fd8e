using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Turns header changes into Envoy's.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/route/route.go#TranslateHeadersOperations.</remarks>
internal static class HeaderOperationsBuilder
{
    /// <summary>Operations, and the host that they set; empty = none.</summary>
    public static (HeaderOperations Operations, string Authority) Build(HeaderChanges? h)
    {
        if (h is null)
        {
            return (HeaderOperations.None, "");
        }

        string authority = "";
        var request = new List<HeaderValueOption>();
        foreach ((string name, string value) in h.RequestSet)
        {
            if (IsHost(name))
            {
                authority = value;
            }
            else
            {
                request.Add(new HeaderValueOption(name, value, false));
            }
        }

        foreach ((string name, string value) in h.RequestAdd)
        {
            if (IsHost(name))
            {
                authority = authority.Length > 0 ? authority : value;
            }
            else
            {
                request.Add(new HeaderValueOption(name, value, true));
            }
        }

        return (new HeaderOperations
        {
            RequestAdd = request,
            RequestRemove = [.. h.RequestRemove.Where(static n => !IsInternal(n))],
            ResponseAdd =
            [
                .. h.ResponseSet.Select(static s => new HeaderValueOption(s.Name, s.Value, false)),
                .. h.ResponseAdd.Select(static s => new HeaderValueOption(s.Name, s.Value, true)),
            ],
            ResponseRemove = [.. h.ResponseRemove.Where(static n => !IsInternal(n))],
        }, authority);
    }

    /// <summary>One after the other.</summary>
    public static HeaderOperations Append(HeaderOperations a, HeaderOperations b) =>
        ReferenceEquals(b, HeaderOperations.None) ? a : new HeaderOperations
        {
            RequestAdd = [.. a.RequestAdd, .. b.RequestAdd],
            RequestRemove = [.. a.RequestRemove, .. b.RequestRemove],
            ResponseAdd = [.. a.ResponseAdd, .. b.ResponseAdd],
            ResponseRemove = [.. a.ResponseRemove, .. b.ResponseRemove],
        };

    private static bool IsHost(string name) =>
        name == ":authority" || string.Equals(name, "host", StringComparison.OrdinalIgnoreCase);

    private static bool IsInternal(string name) =>
        name.StartsWith(':') || string.Equals(name, "host", StringComparison.OrdinalIgnoreCase);
}

using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Where a request goes.</summary>
/// <param name="VirtualHost">Index of the virtual host; -1 = none.</param>
/// <param name="Route">Route; null = none: 404 NR, unless redirected.</param>
/// <param name="IsTlsRedirect">The virtual host redirects the request to https.</param>
public readonly record struct RouteMatchResult(int VirtualHost, CompiledRoute? Route, bool IsTlsRedirect = false);

/// <summary>The routes of one listener, compiled once per snapshot.</summary>
/// <remarks>
/// Envoy: source/common/router/config_impl.cc#RouteMatcher. The virtual host is found first (exact, longest suffix,
/// longest prefix, <c>*</c>), then the first of its routes that matches; there is no way back to another virtual host.
/// Decisions about templates with an id are remembered (one array read) as long as no random share is involved. Belongs
/// to one run. Matching allocates nothing.
/// </remarks>
public sealed class CompiledRouteConfiguration
{
    private const int Unknown = 0;
    private const int NoVirtualHost = -1;

    private readonly CompiledVirtualHost[] _virtualHosts;
    private readonly CompiledRoute[] _routes;
    private readonly int[] _hostOfRoute;
    private readonly Dictionary<string, int> _exact = new(StringComparer.Ordinal);
    private readonly List<(string Text, int VirtualHost)> _suffixes = [];
    private readonly List<(string Text, int VirtualHost)> _prefixes = [];
    private readonly int _default = NoVirtualHost;
    private readonly bool _ignorePort;

    // Per template: 0 unknown, n > 0 route n - 1, n < 0 virtual host -n - 2 without a route (-1: no virtual host).
    private int[] _remembered = [];

    private CompiledRouteConfiguration(RouteConfiguration source, RepeatedHeaderRule rule, DiagnosticBag? diagnostics)
    {
        Source = source;
        _ignorePort = source.IgnorePortInHostMatching;
        _virtualHosts = new CompiledVirtualHost[source.VirtualHosts.Count];
        var routes = new List<CompiledRoute>();
        var hosts = new List<int>();
        for (int i = 0; i < _virtualHosts.Length; i++)
        {
            VirtualHost host = source.VirtualHosts[i];
            int first = routes.Count;
            for (int j = 0; j < host.Routes.Count; j++)
            {
                routes.Add(new CompiledRoute(host.Routes[j], j, rule, diagnostics));
                hosts.Add(i);
            }

            _virtualHosts[i] = new CompiledVirtualHost(
                first, host.Routes.Count, host.RequireTls,
                    host.Routes.Any(static r => r.Match.RuntimeFraction is not null));
            foreach (string domain in host.Domains)
            {
                if (domain == "*")
                {
                    _default = _default == NoVirtualHost ? i : _default;
                }
                else
                {
                    AddDomain(domain.ToLowerInvariant(), i);
                }
            }
        }

        _routes = [.. routes];
        _hostOfRoute = [.. hosts];
        _suffixes.Sort(static (a, b) => LongestFirst(a.Text, b.Text));
        _prefixes.Sort(static (a, b) => LongestFirst(a.Text, b.Text));
    }

    /// <summary>The configuration as told.</summary>
    public RouteConfiguration Source { get; }

    /// <summary>Compiles a configuration.</summary>
    /// <param name="configuration">Configuration.</param>
    /// <param name="rule">How repeated header lines are compared.</param>
    /// <param name="diagnostics">Takes regular expressions and templates that Envoy would refuse.</param>
    public static CompiledRouteConfiguration Compile(
        RouteConfiguration configuration, RepeatedHeaderRule rule = RepeatedHeaderRule.Joined,
        DiagnosticBag? diagnostics = null) => new(configuration, rule, diagnostics);

    /// <summary>Finds the route of a request.</summary>
    /// <param name="request">Request.</param>
    /// <param name="randomValue">The request's one random number.</param>
    public RouteMatchResult Match(RequestHeaders request, ulong randomValue)
    {
        int id = request.Id;
        int[] remembered = _remembered;
        if ((uint)id < (uint)remembered.Length)
        {
            int known = remembered[id];
            if (known > 0)
            {
                return new RouteMatchResult(_hostOfRoute[known - 1], _routes[known - 1]);
            }

            if (known < 0)
            {
                return new RouteMatchResult(-known - 2, null);
            }
        }

        return MatchSlowly(request, randomValue);
    }

    /// <summary>Index of the virtual host that answers a Host header; -1 = none.</summary>
    public int FindVirtualHost(RequestHeaders request)
    {
        if (_exact.Count == 0 && _suffixes.Count == 0 && _prefixes.Count == 0)
        {
            return _default;
        }

        if (request.Authority is null)
        {
            return NoVirtualHost;
        }

        string host = _ignorePort ? request.AuthorityLowerWithoutPort : request.AuthorityLower;
        if (_exact.TryGetValue(host, out int at))
        {
            return at;
        }

        foreach ((string text, int virtualHost) in _suffixes)
        {
            if (host.Length > text.Length && host.EndsWith(text, StringComparison.Ordinal))
            {
                return virtualHost;
            }
        }

        foreach ((string text, int virtualHost) in _prefixes)
        {
            if (host.Length > text.Length && host.StartsWith(text, StringComparison.Ordinal))
            {
                return virtualHost;
            }
        }

        return _default;
    }

    private static int LongestFirst(string a, string b) =>
        a.Length != b.Length ? b.Length.CompareTo(a.Length) : string.CompareOrdinal(a, b);

    private void AddDomain(string domain, int virtualHost)
    {
        // Envoy refuses configurations with duplicate domains; the first one counts here.
        if (domain.StartsWith('*'))
        {
            _suffixes.Add((domain[1..], virtualHost));
        }
        else if (domain.EndsWith('*'))
        {
            _prefixes.Add((domain[..^1], virtualHost));
        }
        else
        {
            _exact.TryAdd(domain, virtualHost);
        }
    }

    private RouteMatchResult MatchSlowly(RequestHeaders request, ulong randomValue)
    {
        if (string.IsNullOrEmpty(request.Scheme))
        {
            return new RouteMatchResult(NoVirtualHost, null);
        }

        int host = FindVirtualHost(request);
        if (host < 0)
        {
            Remember(request, -1);
            return new RouteMatchResult(NoVirtualHost, null);
        }

        ref readonly CompiledVirtualHost virtualHost = ref _virtualHosts[host];
        if (virtualHost.RequireTls != TlsRequirement.None && request.Scheme != "https"
            && (virtualHost.RequireTls == TlsRequirement.All || !request.IsInternal))
        {
            return new RouteMatchResult(host, null, IsTlsRedirect: true);
        }

        for (int i = virtualHost.First; i < virtualHost.First + virtualHost.Count; i++)
        {
            if (_routes[i].Matches(request, randomValue))
            {
                if (!virtualHost.HasFractions)
                {
                    Remember(request, i + 1);
                }

                return new RouteMatchResult(host, _routes[i]);
            }
        }

        if (!virtualHost.HasFractions)
        {
            Remember(request, -host - 2);
        }

        return new RouteMatchResult(host, null);
    }

    private void Remember(RequestHeaders request, int decision)
    {
        if (request.Id < 0 || decision == Unknown)
        {
            return;
        }

        if (request.Id >= _remembered.Length)
        {
            Array.Resize(ref _remembered, Math.Max(request.Id + 1, _remembered.Length * 2));
        }

        _remembered[request.Id] = decision;
    }

    private readonly record struct CompiledVirtualHost(
        int First, int Count, TlsRequirement RequireTls, bool HasFractions);
}

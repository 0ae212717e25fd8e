using System.Globalization;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Builds the outbound listeners of a sidecar and names their route configurations.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/listener.go#buildSidecarOutboundListeners.</remarks>
internal sealed class ListenerBuilder(Proxy proxy, VirtualHostBuilder hosts)
{
    private const string Wildcard = "0.0.0.0";
    private readonly PushContext _push = proxy.Push;
    private readonly SortedDictionary<string, OutboundListener> _listeners = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, RouteConfiguration> _routes = new(StringComparer.Ordinal);

    /// <summary>Listeners by name order.</summary>
    public IReadOnlyList<OutboundListener> Listeners => [.. _listeners.Values];

    /// <summary>Route configurations by name.</summary>
    public IReadOnlyDictionary<string, RouteConfiguration> Routes => _routes;

    /// <summary>Builds everything.</summary>
    public void Build()
    {
        foreach (EgressListener egress in proxy.Scope.Listeners)
        {
            if (egress.Services.Count == 0)
            {
                continue;
            }

            string bind = egress.Entry?.Bind ?? "";
            if (egress.Entry?.Port is { Port: > 0 } own)
            {
                BuildDeclared(egress, own, bind.Length > 0 ? bind : egress.Entry.CaptureModeNone ? "127.0.0.1" : "");
                continue;
            }

            foreach (Service service in egress.Services)
            {
                foreach (ServicePort port in service.Ports)
                {
                    if (port.Protocol != Protocol.Udp && service.Resolution != Resolution.Alias)
                    {
                        BuildPort(egress, service, port, bind);
                    }
                }
            }
        }
    }

    private void BuildDeclared(EgressListener egress, ServicePort port, string bind)
    {
        if (port.Protocol.IsHttp() || port.Protocol == Protocol.Unsupported)
        {
            AddHttp(egress, port.Protocol == Protocol.HttpProxy
                ? port with { Port = port.Port } : port, bind.Length > 0 ? bind : Wildcard);
            return;
        }

        foreach (Service service in egress.Services)
        {
            foreach (ServicePort p in service.Ports)
            {
                AddTcp(egress, service, p with { Port = p.Port }, bind.Length > 0 ? bind : AddressOf(service));
            }
        }
    }

    private void BuildPort(EgressListener egress, Service service, ServicePort port, string bind)
    {
        if (port.Protocol.IsHttp())
        {
            AddHttp(egress, port, bind.Length > 0 ? bind : Wildcard);
            return;
        }

        bool isHeadless = service.Resolution == Resolution.Passthrough && AddressOf(service) == Wildcard;
        if (bind.Length == 0 && isHeadless)
        {
            BuildPerEndpoint(egress, service, port);
            return;
        }

        AddTcpOrSniffed(egress, service, port, bind.Length > 0 ? bind : AddressOf(service));
    }

    private void BuildPerEndpoint(EgressListener egress, Service service, ServicePort port)
    {
        List<IstioEndpoint> endpoints =
        [
            .. _push.Registry.Endpoints(service.Hostname, service.Namespace).Where(e => e.PortName == port.Name),
        ];
        if (endpoints.Count == 0 && !service.IsKubernetes)
        {
            AddTcpOrSniffed(egress, service, port, Wildcard);
            return;
        }

        foreach (IstioEndpoint e in endpoints)
        {
            if (System.Net.IPAddress.TryParse(e.Address, out _) && !proxy.Pod.Ips.Contains(e.Address))
            {
                AddTcpOrSniffed(egress, service, port, e.Address);
            }
        }
    }

    private void AddHttp(EgressListener egress, ServicePort port, string address)
    {
        string name = port.Port.ToString(CultureInfo.InvariantCulture);
        if (!TryAdd(address, port.Port, new OutboundListener
            {
                Address = address, Port = port.Port, Protocol = PortProtocol.Http, RouteConfig = name,
            }))
        {
            return;
        }

        EgressListener source = proxy.Scope.ListenerFor(port.Port, address) ?? egress;
        _routes[name] = hosts.Build(name, port.Protocol == Protocol.HttpProxy ? 0 : port.Port, source);
    }

    private void AddTcpOrSniffed(EgressListener egress, Service service, ServicePort port, string address)
    {
        if (port.Protocol != Protocol.Unsupported)
        {
            AddTcp(egress, service, port, address);
            return;
        }

        string number = port.Port.ToString(CultureInfo.InvariantCulture);
        string name = address == Wildcard ? number : service.Hostname + ":" + number;
        var listener = new OutboundListener
        {
            Address = address, Port = port.Port, Protocol = PortProtocol.Auto, RouteConfig = name,
        };
        bool added = TryAdd(address, port.Port, WithTcp(listener, egress, service, port));
        if (added && !_routes.ContainsKey(name))
        {
            _routes[name] = hosts.Build(name, port.Port, proxy.Scope.ListenerFor(port.Port, "") ?? egress);
        }
    }

    private void AddTcp(EgressListener egress, Service service, ServicePort port, string address)
    {
        if (port.Protocol.IsTls())
        {
            AddTls(egress, service, port, address);
            return;
        }

        var listener = new OutboundListener
        {
            Address = address, Port = port.Port, Protocol = Ports.ProtocolOf(port.Protocol),
        };
        TryAdd(address, port.Port, WithTcp(listener, egress, service, port));
    }

    /// <summary>A port of TLS connections: told apart by server name where rules or a shared address need it.</summary>
    /// <remarks>Istio: pilot/pkg/networking/core/tls.go#buildSidecarOutboundTLSFilterChainOpts.</remarks>
    private void AddTls(EgressListener egress, Service service, ServicePort port, string address)
    {
        var routes = new List<TlsRoute>();
        string[] networks =
        [
            .. service.AddressesFor(proxy.Cluster).Take(1)
                .Where(static a => a.Contains('/', StringComparison.Ordinal)),
        ];
        foreach (VirtualService vs in egress.VirtualServices.Where(
                     v => v.Hosts.Any(h => Hostname.Matches(service.Hostname, h))))
        {
            foreach (L4Route rule in vs.Tls)
            {
                routes.AddRange(rule.Matches
                    .Where(m => Fits(m, port.Port) && !routes.Exists(r => r.ServerNames.SequenceEqual(m.SniHosts)))
                    .Select(m => new TlsRoute(m.SniHosts, Destinations(rule, port.Port))
                    {
                        Settings = SettingsOf(rule),
                        Subnets = m.DestinationSubnets.Count > 0 ? m.DestinationSubnets : networks,
                    }));
            }
        }

        IReadOnlyList<WeightedCluster> plain = [];
        TcpProxySettings settings = TcpProxyBuilder.For(proxy, service, "");
        if (routes.Count == 0)
        {
            WeightedCluster[] own =
                [new(ClusterNames.Outbound(service.Hostname, port.Port), 1, null, "", service.Origin)];
            if (address == Wildcard)
            {
                routes.Add(new TlsRoute([service.Hostname], own) { Subnets = networks, Settings = settings });
            }
            else
            {
                plain = own;
            }
        }

        var listener = new OutboundListener
        {
            Address = address, Port = port.Port, Protocol = PortProtocol.Tls, TcpClusters = plain, TlsRoutes = routes,
            TcpSettings = plain.Count > 0 ? settings : TcpProxySettings.Default,
        };
        string key = Key(address, port.Port);
        if (!_listeners.TryGetValue(key, out OutboundListener? existing))
        {
            _listeners.Add(key, listener);
        }
        else if (existing.Protocol == PortProtocol.Tls)
        {
            _listeners[key] = existing with
            {
                TlsRoutes =
                [
                    .. existing.TlsRoutes,
                    .. routes.Where(r => !existing.TlsRoutes.Any(e => e.ServerNames.SequenceEqual(r.ServerNames))),
                ],
            };
        }
    }

    private bool TryAdd(string address, int port, OutboundListener listener) =>
        _listeners.TryAdd(Key(address, port), listener);

    private static string Key(string address, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{address}_{port}");

    private string AddressOf(Service service)
    {
        IReadOnlyList<string> own = service.AddressesFor(proxy.Cluster);
        string address = own.Count > 0 ? own[0] : proxy.AllocatedAddressOf(service).FirstOrDefault() ?? "";
        return address.Length == 0 || address.Contains('/', StringComparison.Ordinal) ? Wildcard : address;
    }

    /// <summary>Where TCP connections go: the rules of matching VirtualServices up to the first that takes every
    /// address, else the service itself.</summary>
    /// <remarks>Istio: pilot/pkg/networking/core/tls.go#buildSidecarOutboundTCPFilterChainOpts.</remarks>
    private OutboundListener WithTcp(
        OutboundListener listener, EgressListener egress, Service service, ServicePort port)
    {
        var routes = new List<TcpRoute>();
        IEnumerable<L4Route> rules = egress.VirtualServices
            .Where(vs => vs.Hosts.Any(h => Hostname.Matches(service.Hostname, h))).SelectMany(static vs => vs.Tcp);
        foreach (L4Route rule in rules)
        {
            List<L4Match> hits = [.. rule.Matches.Where(m => Fits(m, port.Port))];
            if (rule.Matches.Count == 0 || hits.Exists(static m => TakesAll(m)))
            {
                return listener with
                {
                    TcpRoutes = routes, TcpClusters = Destinations(rule, port.Port), TcpSettings = SettingsOf(rule),
                };
            }

            if (hits.Count > 0)
            {
                routes.Add(new TcpRoute(
                    [.. hits.SelectMany(static m => m.DestinationSubnets)], Destinations(rule, port.Port))
                {
                    Settings = SettingsOf(rule),
                });
            }
        }

        return listener with
        {
            TcpRoutes = routes,
            TcpSettings = TcpProxyBuilder.For(proxy, service, ""),
            TcpClusters =
            [
                new WeightedCluster(ClusterNames.Outbound(service.Hostname, port.Port), 1, null, "", service.Origin),
            ],
        };
    }

    /// <summary>The rule of the first destination's host is in force, for several without its subsets.</summary>
    private TcpProxySettings SettingsOf(L4Route rule) => rule.Route.Count == 0 ? TcpProxySettings.Default
        : TcpProxyBuilder.For(proxy, proxy.Scope.Find(rule.Route[0].Destination.Host),
            rule.Route.Count == 1 ? rule.Route[0].Destination.Subset : "");

    private static bool TakesAll(L4Match m) => m.DestinationSubnets.Count == 0
        || m.DestinationSubnets.Any(static s => s is "0.0.0.0/0" or "::/0");

    private bool Fits(L4Match m, int port) =>
        (m.Port == 0 || m.Port == port)
        && (m.Gateways.Count > 0 ? m.Gateways.Contains("mesh")
            : LabelSet.SubsetOf(m.SourceLabels, proxy.Labels)
                && (m.SourceNamespace.Length == 0 || m.SourceNamespace == proxy.Namespace));

    private List<WeightedCluster> Destinations(L4Route rule, int port)
    {
        var result = new List<WeightedCluster>();
        foreach (RouteDestination d in rule.Route)
        {
            if (rule.Route.Count > 1 && d.Weight == 0)
            {
                continue;
            }

            Service? service = proxy.Scope.Find(d.Destination.Host);
            result.Add(new WeightedCluster(
                ClusterNames.Outbound(d.Destination.Host, RouteBuilder.PortOf(d.Destination, service, port, true),
                    d.Destination.Subset),
                rule.Route.Count == 1 ? 1 : (uint)d.Weight, null, "", d.Destination.Origin));
        }

        return result;
    }
}

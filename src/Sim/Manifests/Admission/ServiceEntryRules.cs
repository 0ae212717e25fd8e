using System.Globalization;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>istiod's rules for ServiceEntries.</summary>
/// <remarks>Istio: pkg/config/validation/validation.go#ValidateServiceEntry.</remarks>
internal sealed class ServiceEntryRules(Findings f)
{
    private const string UnixScheme = "unix://";

    /// <summary>Checks a ServiceEntry.</summary>
    public void Check(ServiceEntry entry)
    {
        if (entry.Spec is not { } spec)
        {
            f.Error("service entry must have at least one host", entry.Span);
            return;
        }

        string resolution = spec.Resolution?.Value ?? "NONE";
        CheckSelector(spec, resolution);
        CheckHosts(spec);
        bool hasRange = CheckAddresses(spec, resolution);
        HashSet<string> ports = CheckPorts(spec);
        switch (resolution)
        {
            case "NONE":
                f.ErrorIf(spec.Endpoints.Count > 0, "no endpoints should be provided for resolution type none",
                    spec.Span);
                break;
            case "STATIC":
                CheckStatic(spec, ports);
                break;
            case "DNS" or "DNS_ROUND_ROBIN":
                CheckDns(spec, ports, resolution);
                break;
            default:
                CheckDynamic(spec);
                break;
        }

        CheckTcp(entry, spec, resolution, hasRange);
        IstioRules.ExportTo(entry.Namespace, spec.ExportTo, true, false, f);
    }

    private static bool IsTcp(ServiceEntryPort port) =>
        (port.Protocol?.Value ?? "").ToUpperInvariant() is "" or "TCP" or "UDP" or "MONGO" or "REDIS" or "MYSQL";

    private static bool IsKnownProtocol(string protocol) => protocol.ToUpperInvariant() is "GRPC" or "GRPC-WEB"
        or "HTTP"
        or "HTTP_PROXY" or "HTTP2" or "HTTPS" or "MONGO" or "REDIS" or "MYSQL" or "TCP" or "TLS" or "UDP" or "HBONE"
            or "DOUBLE-HBONE";

    private void CheckSelector(ServiceEntrySpec spec, string resolution)
    {
        if (spec.WorkloadSelector is not { } selector)
        {
            return;
        }

        f.ErrorIf(spec.Endpoints.Count > 0, "only one of WorkloadSelector or Endpoints is allowed in Service Entry",
            selector.Span);
        IstioRules.Selector(selector.Labels, selector.Span, f,
            "service entry: workload selector specified without labels, will be applied to all services in namespace");
        if (resolution == "NONE")
        {
            f.Warn("workloadSelector should not be set when resolution mode is NONE", selector.Span);
        }
    }

    private void CheckHosts(ServiceEntrySpec spec)
    {
        f.ErrorIf(spec.Hosts.Count == 0, "service entry must have at least one host", spec.Span);
        foreach (Spanned<string> host in spec.Hosts)
        {
            if (host.Value == "*")
            {
                f.Error("invalid host " + host.Value, host.Span);
                continue;
            }

            f.ErrorIf(IstioRules.WildcardDomain(host.Value), host.Span);
            string first = host.Value.Split('.')[0];
            if (first.StartsWith('*') && first.Length > 1)
            {
                f.Warn($"partial wildcard \"{host.Value}\" not allowed", host.Span);
            }
        }
    }

    private bool CheckAddresses(ServiceEntrySpec spec, string resolution)
    {
        bool hasRange = false;
        foreach (Spanned<string> a in spec.Addresses)
        {
            hasRange |= a.Value.Contains('/', StringComparison.Ordinal);
            f.ErrorIf(IstioRules.Subnet(a.Value), a.Span);
        }

        f.ErrorIf(hasRange && resolution is not ("NONE" or "STATIC"),
            "CIDR addresses are allowed only for NONE/STATIC resolution types", spec.Span);
        return hasRange;
    }

    private HashSet<string> CheckPorts(ServiceEntrySpec spec)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var numbers = new HashSet<long>();
        foreach (ServiceEntryPort p in spec.Ports)
        {
            string name = p.Name?.Value ?? "";
            long number = p.Number?.Value ?? 0;
            f.ErrorIf(!names.Add(name), $"service entry port name \"{name}\" already defined", p.Span);
            f.ErrorIf(!numbers.Add(number),
                string.Create(CultureInfo.InvariantCulture, $"service entry port {number} already defined"), p.Span);
            if (p.TargetPort is { Value: not 0 } target)
            {
                f.ErrorIf(IstioRules.Port(target.Value), target.Span);
            }

            f.ErrorIf(!IstioRules.IsLabel(name), "invalid port name: " + name, p.Name?.Span ?? p.Span);
            string protocol = p.Protocol?.Value ?? "";
            f.ErrorIf(protocol.Length > 0 && !IsKnownProtocol(protocol), "unsupported protocol: " + protocol,
                p.Protocol?.Span ?? p.Span);
            f.ErrorIf(IstioRules.Port(number), p.Number?.Span ?? p.Span);
        }

        return names;
    }

    private void CheckStatic(ServiceEntrySpec spec, HashSet<string> ports)
    {
        bool hasUnix = false;
        foreach (WorkloadEntrySpec e in spec.Endpoints)
        {
            string address = e.Address?.Value ?? "";
            if (address.StartsWith(UnixScheme, StringComparison.Ordinal))
            {
                hasUnix = true;
                f.ErrorIf(IstioRules.UnixAddress(address[UnixScheme.Length..]), e.Address!.Span);
                f.ErrorIf(e.Ports.Count > 0, "unix endpoint " + address + " must not include ports", e.Span);
            }
            else
            {
                CheckEndpointAddress(e, address);
                CheckEndpointPorts(e, ports);
            }

            IstioRules.Tags(e.Labels, f);
        }

        f.ErrorIf(hasUnix && spec.Ports.Count != 1, "exactly 1 service port required for unix endpoints", spec.Span);
    }

    private void CheckEndpointAddress(WorkloadEntrySpec e, string address)
    {
        if (address.Length > 0)
        {
            f.ErrorIf(IstioRules.IsIp(address) ? null : $"endpoint address \"{address}\" is not a valid IP address",
                e.Address!.Span);
        }
        else if (!string.IsNullOrEmpty(e.Network?.Value))
        {
            f.Warn($"address is unset with network \"{e.Network.Value}\"", e.Network.Span);
        }
        else
        {
            f.Error("address is required", e.Span);
        }
    }

    private void CheckEndpointPorts(WorkloadEntrySpec e, HashSet<string> ports)
    {
        foreach (SpannedEntry<Spanned<long>> p in e.Ports)
        {
            f.ErrorIf(!ports.Contains(p.Key), string.Create(CultureInfo.InvariantCulture,
                $"endpoint port {p.Value.Value} is not defined by the service entry"), p.KeySpan);
            f.ErrorIf(!IstioRules.IsLabel(p.Key), "invalid port name: " + p.Key, p.KeySpan);
            f.ErrorIf(IstioRules.Port(p.Value.Value), p.Value.Span);
        }
    }

    private void CheckDns(ServiceEntrySpec spec, HashSet<string> ports, string resolution)
    {
        if (spec.Endpoints.Count == 0)
        {
            foreach (Spanned<string> host in spec.Hosts)
            {
                if (IstioRules.Fqdn(host.Value) is { } problem && IstioRules.WildcardDomain(host.Value) is null)
                {
                    f.Error("hosts must be FQDN or contain only prefix wildcards if no endpoints are provided for " +
                        "resolution " +
                            $"mode {resolution}, {problem}", host.Span);
                }
            }
        }

        f.ErrorIf(resolution == "DNS_ROUND_ROBIN" && spec.Endpoints.Count > 1,
            "there must only be 0 or 1 endpoint for resolution mode DNS_ROUND_ROBIN", spec.Span);
        foreach (WorkloadEntrySpec e in spec.Endpoints)
        {
            string address = e.Address?.Value ?? "";
            if (address.Length == 0)
            {
                CheckEndpointAddress(e, address);
            }
            else if (!IstioRules.IsIp(address) && IstioRules.Fqdn(address) is not null)
            {
                f.Error($"endpoint address \"{address}\" is not a valid FQDN or an IP address", e.Address!.Span);
            }

            IstioRules.Tags(e.Labels, f);
            CheckEndpointPorts(e, ports);
        }
    }

    private void CheckDynamic(ServiceEntrySpec spec)
    {
        f.ErrorIf(spec.Endpoints.Count > 0,
            "endpoints cannot be set for resolution type DYNAMIC_DNS. Destination IP address " +
                                            "determined from hostsfield values", spec.Span);
        foreach (Spanned<string> host in spec.Hosts)
        {
            f.ErrorIf(!host.Value.StartsWith('*'), "host must be wildcarded for resolution mode DYNAMIC_DNS",
                host.Span);
        }

        f.ErrorIf(spec.Ports.Any(static p => (p.Protocol?.Value ?? "").ToUpperInvariant()
                is not ("HTTP" or "HTTP2" or "GRPC" or "GRPC-WEB" or "TLS" or "HTTPS")),
            "only HTTP and TLS protocol is supported for resolution type DYNAMIC_DNS", spec.Span);
    }

    private void CheckTcp(ServiceEntry entry, ServiceEntrySpec spec, string resolution, bool hasRange)
    {
        bool hasTcp = spec.Ports.Any(IsTcp);
        bool isSharing = spec.Hosts.Count > 1 && hasTcp && resolution is not ("NONE" or "DYNAMIC_DNS");
        f.ErrorIf(isSharing, "multiple hosts provided with non-HTTP, non-TLS ports", spec.Span);
        bool hasTcpClass = spec.Ports.Any(static p => IsTcp(p)
            || (p.Protocol?.Value ?? "").ToUpperInvariant() is "HTTPS" or "TLS");
        if (resolution is "DNS" or "DNS_ROUND_ROBIN" && spec.Hosts.Count > 1 && spec.Addresses.Count > 0 && hasTcpClass)
        {
            f.Warn("service entry can not have more than one host specified simultaneously with address and tcp port",
                spec.Span);
        }

        bool allocates = entry.Label("networking.istio.io/enable-autoallocate-ip") != "false"
            && !hasRange && resolution is "STATIC" or "DNS" && spec.Hosts.All(static h => !h.Value.StartsWith('*'));
        if (hasTcp && spec.Addresses.Count == 0 && !allocates && resolution != "DYNAMIC_DNS")
        {
            f.Warn("addresses are required for ports serving TCP (or unset) protocol when IP Autoallocation is not " +
                "enabled", spec.Span);
        }
    }
}

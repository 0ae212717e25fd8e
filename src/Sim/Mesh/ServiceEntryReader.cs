using System.Collections.Immutable;
using Sim.Core;
using M = Sim.Manifests;

namespace Sim.Mesh;

/// <summary>Reads ServiceEntries, WorkloadEntries, Sidecars and Gateways.</summary>
internal sealed class ServiceEntryReader(string cluster, DestinationRuleReader traffic)
{
    public ServiceEntry Read(M.ServiceEntry se)
    {
        M.ServiceEntrySpec? spec = se.Spec;
        ConfigMeta meta = se.Meta();
        return new ServiceEntry
        {
            Meta = meta,
            Hosts = spec?.Hosts.Texts() ?? [],
            Addresses = spec?.Addresses.Texts() ?? [],
            AllocatedAddresses = Allocated(se.Node),
            Ports = [.. (spec?.Ports ?? []).Select(static p => new ServicePort(
                p.Name.Text(), p.Number.Int(), Protocols.Parse(p.Protocol.Text()), p.TargetPort.Int()))],
            MeshExternal = spec?.Location.Text() != "MESH_INTERNAL",
            Resolution = spec?.Resolution.Text() switch
            {
                "STATIC" => Resolution.ClientSideLb,
                "DNS" => Resolution.DnsLb,
                "DNS_ROUND_ROBIN" => Resolution.DnsRoundRobinLb,
                "DYNAMIC_DNS" => Resolution.DynamicDns,
                _ => Resolution.Passthrough,
            },
            Endpoints = [.. (spec?.Endpoints ?? []).Select(e => Entry(e, meta with { Origin = e.Span }))],
            WorkloadSelector = spec?.WorkloadSelector?.Labels.Labels(),
            ExportTo = spec?.ExportTo.Texts() ?? [],
            SubjectAltNames = spec?.SubjectAltNames.Texts() ?? [],
        };
    }

    /// <summary>A WorkloadEntry; labels of the object win over those of its body.</summary>
    /// <remarks>Istio: pilot/pkg/serviceregistry/serviceentry/conversion.go#convertWorkloadEntry.</remarks>
    public WorkloadEntry ReadWorkloadEntry(M.WorkloadEntry we)
    {
        ConfigMeta meta = we.Meta();
        WorkloadEntry entry = we.Spec is null ? new WorkloadEntry { Meta = meta, Cluster = cluster }
            : Entry(we.Spec, meta);
        return entry with { Labels = entry.Labels.SetItems(meta.Labels) };
    }

    public Sidecar ReadSidecar(M.Sidecar s)
    {
        M.SidecarSpec? spec = s.Spec;
        return new Sidecar
        {
            Meta = s.Meta(),
            WorkloadSelector = spec?.WorkloadSelector?.Labels.Labels(),
            Ingress = [.. (spec?.Ingress ?? []).Select(i => new SidecarIngress(
                Port(i.Port), i.Bind.Text(), i.DefaultEndpoint.Text(),
                traffic.ConnectionPool(i.ConnectionPool), i.Tls is not null))],
            Egress = [.. (spec?.Egress ?? []).Select(static e => new SidecarEgress(
                e.Port is null ? null : Port(e.Port), e.Bind.Text(), e.CaptureMode.Text() == "NONE",
                e.Hosts.Texts()))],
            InboundConnectionPool = traffic.ConnectionPool(spec?.InboundConnectionPool),
            OutboundTrafficPolicy = spec?.OutboundTrafficPolicy is { } o
                ? o.Mode.Text() == "ALLOW_ANY" ? OutboundTrafficPolicy.AllowAny : OutboundTrafficPolicy.RegistryOnly
                : null,
        };
    }

    public Gateway ReadGateway(M.Gateway g) => new(
        g.Meta(), g.Spec?.Selector.Labels() ?? LabelSet.Empty,
        [.. (g.Spec?.Servers ?? []).Select(static s => new GatewayServer(
            Port(s.Port), s.Hosts.Texts(), s.Tls is null ? ServerTlsMode.None : s.Tls.Mode.Text() switch
            {
                "SIMPLE" => ServerTlsMode.Simple,
                "MUTUAL" => ServerTlsMode.Mutual,
                "AUTO_PASSTHROUGH" => ServerTlsMode.AutoPassthrough,
                "ISTIO_MUTUAL" => ServerTlsMode.IstioMutual,
                "OPTIONAL_MUTUAL" => ServerTlsMode.OptionalMutual,
                _ => ServerTlsMode.Passthrough,
            }, s.Tls?.HttpsRedirect?.Value ?? false)
        {
            Name = s.Name.Text(),
            Bind = s.Bind.Text(),
        })]);

    private WorkloadEntry Entry(M.WorkloadEntrySpec e, ConfigMeta meta)
    {
        var ports = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach (M.SpannedEntry<M.Spanned<long>> p in e.Ports)
        {
            ports[p.Key] = p.Value.Int();
        }

        return new WorkloadEntry
        {
            Meta = meta,
            Address = e.Address.Text(),
            Ports = ports.ToImmutable(),
            Labels = e.Labels.Labels(),
            Network = e.Network.Text(),
            Locality = e.Locality.Text(),
            Weight = e.Weight.UInt() ?? 0,
            ServiceAccount = e.ServiceAccount.Text(),
            Cluster = cluster,
        };
    }

    private static ServicePort Port(M.GatewayPort? p) => p is null
        ? new ServicePort("", 0, Protocol.Unsupported)
        : new ServicePort(p.Name.Text(), p.Number.Int(), Protocols.Parse(p.Protocol.Text()), p.TargetPort.Int());

    private static IReadOnlyList<(string Host, string Address)> Allocated(M.YamlMapping node)
    {
        var result = new List<(string, string)>();
        if ((node["status"] as M.YamlMapping)?["addresses"] is M.YamlSequence list)
        {
            foreach (M.YamlMapping m in list.Items.OfType<M.YamlMapping>())
            {
                result.Add(((m["host"] as M.YamlScalar)?.Value ?? "", (m["value"] as M.YamlScalar)?.Value ?? ""));
            }
        }

        return result;
    }
}

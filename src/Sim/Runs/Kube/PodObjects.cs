using System.Collections.Immutable;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>Writes the pod and EndpointSlice objects that istiod reads.</summary>
internal static class PodObjects
{
    private const string TlsMode = "security.istio.io/tlsMode";

    /// <summary>Labels of a new pod: the template's, its controller's, and those of the injected proxy.</summary>
    /// <remarks>Istio: manifests/charts/istio-control/istio-discovery/files/injection-template.yaml
    /// (security.istio.io/tlsMode, canonical name and revision) and gateway-injection-template.yaml: a pod that is
    /// nothing but a proxy gets no TLS mode, so that sidecars call gateways in plaintext unless a DestinationRule says
    /// otherwise.</remarks>
    public static ImmutableSortedDictionary<string, string> LabelsOf(
        PodTemplateSpec? template, IReadOnlyList<KeyValuePair<string, string>> added, string workload, bool hasSidecar)
    {
        ImmutableSortedDictionary<string, string> written = KubeText.Labels(template?.Metadata?.Labels);
        ImmutableSortedDictionary<string, string>.Builder labels = written.ToBuilder();
        foreach ((string name, string value) in added)
        {
            labels[name] = value;
        }

        if (hasSidecar)
        {
            if (!SidecarInjection.IsProxyOnly(template?.Spec))
            {
                labels.TryAdd(TlsMode, "istio");
            }

            labels.TryAdd("service.istio.io/canonical-name", written.GetValueOrDefault("app.kubernetes.io/name")
                ?? written.GetValueOrDefault("app") ?? workload);
            labels.TryAdd("service.istio.io/canonical-revision", written.GetValueOrDefault("app.kubernetes.io/version")
                ?? written.GetValueOrDefault("version") ?? "latest");
        }

        return labels.ToImmutable();
    }

    /// <summary>The pod object as istiod has heard of it; the same object while nothing about it changes.</summary>
    public static Pod Write(PodEntry entry)
    {
        if (entry.Dumped is { } dumped && !entry.IsChanged)
        {
            return dumped;
        }

        PodStamp stamp = entry.Stamp;
        if (entry.Written is not { } last || last.Stamp != stamp)
        {
            last = (stamp, WriteAnew(entry));
            entry.Written = last;
        }

        return last.Pod;
    }

    private static Pod WriteAnew(PodEntry entry)
    {
        PodState s = entry.State;
        SourceSpan span = entry.Dumped?.Span ?? entry.Template?.Span ?? SourceSpan.None;
        PodSpec spec = entry.Dumped?.Spec ?? SpecOf(entry, span);
        ObjectMeta meta = KubeText.Meta(s.Name, s.Namespace, s.Labels, span,
            entry.Dumped?.Metadata.Annotations ?? entry.Template?.Metadata?.Annotations, entry.SeenTerminating,
            Owners(entry, span));
        var ready = new StatusCondition(span, KubeText.Text("Ready"), KubeText.Text(entry.SeenReady ? "True" : "False"),
            null, null, null);
        var status = new PodStatus(span, KubeText.Text("Running"), [ready], KubeText.Text(s.Ip),
            [new PodIP(span, KubeText.Text(s.Ip))], null, null, null, [], []);
        return new Pod(KubeText.Header("v1", "Pod", meta, s.Namespace, span), spec, status);
    }

    /// <summary>The EndpointSlice of a service with a selector.</summary>
    /// <remarks>Kubernetes: staging/src/k8s.io/endpointslice/utils.go#podToEndpoint: a terminating pod is not ready
    /// and still serving. Simplified: one slice a service, endpoints in order of creation; a named target port that
    /// differs between pods takes the first pod's number.</remarks>
    /// <param name="service">The service.</param>
    /// <param name="members">Its pods, as far as they were heard of.</param>
    public static EndpointSlice WriteSlice(Service service, IReadOnlyList<PodEntry> members)
    {
        bool isAlwaysReady = service.Spec?.PublishNotReadyAddresses?.Value == true;
        List<Endpoint> endpoints = [.. members.Select(p => EndpointOf(p, service.Name, isAlwaysReady))];
        ObjectMeta meta = KubeText.Meta(service.Name + "-" + KubeText.Suffix(StableHash.Of(service.Resource), 5),
            service.Namespace,
            [new("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io"),
             new("kubernetes.io/service-name", service.Name)], service.Span);
        List<EndpointPort> ports = service.Spec!.Ports.Select(p => PortOf(p, members, service.Span)).ToList();
        return new EndpointSlice(
            KubeText.Header("discovery.k8s.io/v1", "EndpointSlice", meta, service.Namespace, service.Span),
            KubeText.Text("IPv4"), endpoints, ports);
    }

    private static Endpoint EndpointOf(PodEntry p, string service, bool isAlwaysReady)
    {
        SourceSpan span = p.Dumped?.Span ?? p.Template?.Span ?? SourceSpan.None;
        PodState s = p.State;
        var conditions = new EndpointConditions(span,
            KubeText.Bool(isAlwaysReady || (p.SeenReady && !p.SeenTerminating)), KubeText.Bool(p.SeenReady),
            KubeText.Bool(p.SeenTerminating));
        string host = p.Dumped is null ? p.Subdomain == service ? p.Hostname : ""
            : p.Dumped.Spec?.Subdomain?.Value == service ? p.Dumped.Spec.Hostname?.Value ?? "" : "";
        return new Endpoint(span, [KubeText.Text(s.Ip)], conditions, host.Length > 0 ? KubeText.Text(host) : null,
            new ObjectReference(span, KubeText.Text("Pod"), KubeText.Text(s.Namespace), KubeText.Text(s.Name), null),
            s.Node.Length > 0 ? KubeText.Text(s.Node) : null, s.Zone.Length > 0 ? KubeText.Text(s.Zone) : null);
    }

    private static EndpointPort PortOf(ServicePort port, IReadOnlyList<PodEntry> members, SourceSpan span)
    {
        long number = port.Port?.Value ?? 0;
        if (port.TargetPort is { } target)
        {
            number = target.Value.Number ?? Named(target.Value.Text, members) ?? number;
        }

        return new EndpointPort(span, port.Name ?? KubeText.Text(""), port.Protocol ?? KubeText.Text("TCP"),
            KubeText.Number(number), port.AppProtocol);
    }

    private static long? Named(string name, IReadOnlyList<PodEntry> members)
    {
        foreach (PodEntry p in members)
        {
            PodSpec? spec = p.Dumped?.Spec ?? p.Template?.Spec;
            foreach (Container c in spec?.Containers ?? [])
            {
                foreach (ContainerPort port in c.Ports)
                {
                    if (port.Name?.Value == name)
                    {
                        return port.Port?.Value;
                    }
                }
            }
        }

        return null;
    }

    private static PodSpec SpecOf(PodEntry entry, SourceSpan span)
    {
        PodSpec? template = entry.Template?.Spec;
        var containers = new List<Container>(template?.Containers ?? []);
        if (entry.State.HasSidecar && !SidecarInjection.IsProxy(entry.Template))
        {
            containers.Add(new Container(span, KubeText.Text("istio-proxy"), KubeText.Text("proxyv2"), null, [], [],
                null, null, null, null, null));
        }

        return new PodSpec(span, containers, template?.InitContainers ?? [], KubeText.Text(entry.State.Node),
            template?.NodeSelector ?? SpannedMap<Spanned<string>>.Empty, KubeText.Text(entry.State.ServiceAccount),
            null, template?.HostNetwork, entry.Hostname.Length > 0 ? KubeText.Text(entry.Hostname) : null,
            entry.Subdomain.Length > 0 ? KubeText.Text(entry.Subdomain) : null, template?.RestartPolicy,
            template?.TerminationGracePeriodSeconds);
    }

    private static IReadOnlyList<OwnerReference> Owners(PodEntry entry, SourceSpan span)
    {
        if (entry.Dumped is { } dumped)
        {
            return dumped.Metadata.OwnerReferences;
        }

        return [new OwnerReference(span, KubeText.Text("apps/v1"), KubeText.Text(entry.Owner.Kind),
            KubeText.Text(entry.Owner.Name), null, KubeText.Bool(true))];
    }
}

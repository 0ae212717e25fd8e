using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>Kubernetes' own validation of the core kinds that are bound to records.</summary>
/// <remarks>
/// Source: Kubernetes pkg/apis/core/validation and pkg/apis/apps/validation; texts recorded with 1.35. Simplified: only
/// fields the records read are checked; volumes, security contexts and affinities are taken as they are.
/// </remarks>
internal sealed partial class CoreChecks
{
    private readonly List<Objection> _errors = [];

    /// <summary>Checks an object; kinds without rules here pass.</summary>
    public static IReadOnlyList<Objection> Run(KubeObject o)
    {
        var c = new CoreChecks();
        switch (o)
        {
            case Service s:
                c.CheckService(s.Spec, s.Span);
                break;
            case Pod p:
                c.CheckPod(p.Spec, "spec", p.Span, isTemplate: false);
                break;
            case Deployment d:
                c.CheckWorkload(d.Spec?.Selector, d.Spec?.Template, d.Span);
                c.CheckReplicas(d.Spec?.Replicas);
                break;
            case ReplicaSet r:
                c.CheckWorkload(r.Spec?.Selector, r.Spec?.Template, r.Span);
                c.CheckReplicas(r.Spec?.Replicas);
                break;
            case StatefulSet s:
                c.CheckWorkload(s.Spec?.Selector, s.Spec?.Template, s.Span);
                c.CheckReplicas(s.Spec?.Replicas);
                break;
            case DaemonSet d:
                c.CheckWorkload(d.Spec?.Selector, d.Spec?.Template, d.Span);
                break;
            case EndpointSlice e:
                c.CheckEndpointSlice(e);
                break;
            case Secret s:
                c.CheckSecret(s);
                break;
            default:
                c._errors.AddRange(OtherCoreChecks.Run(o));
                break;
        }

        return c._errors;
    }

    private void Add(string field, string text, SourceSpan span, string hint = "") =>
        _errors.Add(new Objection(text, span, field, hint));

    private void Invalid(string field, string shown, string text, SourceSpan span) =>
        Add(field, $"Invalid value: {shown}: {text}", span);

    private void OneOf(string field, Spanned<string>? value, string supported)
    {
        if (value is null || supported.Split(' ').Contains(value.Value))
        {
            return;
        }

        string list = string.Join(", ", supported.Split(' ').Select(static s => "\"" + s + "\""));
        string? near = Nearest.Of(value.Value, supported.Split(' '));
        Add(field, $"Unsupported value: {JsonText.Quote(value.Value)}: supported values: {list}", value.Span,
            near is null ? "" : $"did you mean {near}?");
    }

    private void PortNumber(string field, long port, SourceSpan span)
    {
        if (port is < 1 or > 65535)
        {
            Invalid(field, port.ToString(CultureInfo.InvariantCulture), "must be between 1 and 65535, inclusive", span);
        }
    }

    private void CheckReplicas(Spanned<long>? replicas)
    {
        if (replicas is { Value: < 0 })
        {
            Invalid("spec.replicas", replicas.Value.ToString(CultureInfo.InvariantCulture),
                "must be greater than or equal to 0", replicas.Span);
        }
    }

    private void CheckService(ServiceSpec? spec, SourceSpan at)
    {
        bool isExternalName = spec?.Type?.Value == "ExternalName";
        bool isHeadless = spec?.ClusterIP?.Value == "None";
        if ((spec is null || spec.Ports.Count == 0) && !isExternalName && !isHeadless)
        {
            Add("spec.ports", "Required value", spec?.Span ?? at);
        }

        if (spec is null)
        {
            return;
        }

        OneOf("spec.type", spec.Type, "ClusterIP ExternalName LoadBalancer NodePort");
        OneOf("spec.sessionAffinity", spec.SessionAffinity, "ClientIP None");
        OneOf("spec.internalTrafficPolicy", spec.InternalTrafficPolicy, "Cluster Local");
        OneOf("spec.externalTrafficPolicy", spec.ExternalTrafficPolicy, "Cluster Local");
        OneOf("spec.trafficDistribution", spec.TrafficDistribution, "PreferClose PreferSameZone PreferSameNode");
        if (isExternalName)
        {
            string host = (spec.ExternalName?.Value ?? "").TrimEnd('.');
            SourceSpan span = spec.ExternalName?.Span ?? spec.Span;
            if (host.Length == 0)
            {
                Add("spec.externalName", "Required value", span);
            }
            else if (MetadataCheck.SubdomainProblem(host) is { } problem)
            {
                Invalid("spec.externalName", JsonText.Quote(host), problem, span);
            }
        }

        CheckServicePorts(spec);
    }

    private void CheckServicePorts(ServiceSpec spec)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < spec.Ports.Count; i++)
        {
            ServicePort p = spec.Ports[i];
            string at = string.Create(CultureInfo.InvariantCulture, $"spec.ports[{i}]");
            string name = p.Name?.Value ?? "";
            if (name.Length == 0)
            {
                if (spec.Ports.Count > 1)
                {
                    Add(at + ".name", "Required value", p.Span);
                }
            }
            else if (MetadataCheck.LabelProblem(name) is { } problem)
            {
                Invalid(at + ".name", JsonText.Quote(name), problem, p.Name!.Span);
            }
            else if (!names.Add(name))
            {
                Add(at + ".name", "Duplicate value: " + JsonText.Quote(name), p.Name!.Span);
            }

            PortNumber(at + ".port", p.Port?.Value ?? 0, p.Port?.Span ?? p.Span);
            OneOf(at + ".protocol", p.Protocol, "SCTP TCP UDP");
            if (p.AppProtocol is { } app && MetadataCheck.QualifiedNameProblem(app.Value) is { } bad)
            {
                Invalid(at + ".appProtocol", JsonText.Quote(app.Value), bad, app.Span);
            }

            if (p.TargetPort is { } target)
            {
                CheckPortName(at + ".targetPort", target);
            }
        }
    }

    private void CheckPortName(string field, Spanned<IntOrString> target)
    {
        if (target.Value.Number is { } number)
        {
            PortNumber(field, number, target.Span);
            return;
        }

        string text = target.Value.Text;
        string shown = JsonText.Quote(text);
        if (text.Length > 15)
        {
            Invalid(field, shown, "must be no more than 15 characters", target.Span);
        }

        if (!PortCharacters().IsMatch(text))
        {
            Invalid(field, shown, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
                target.Span);
        }

        if (!text.Any(char.IsAsciiLetterLower))
        {
            Invalid(field, shown, "must contain at least one letter (a-z)", target.Span);
        }

        if (text.Contains("--", StringComparison.Ordinal))
        {
            Invalid(field, shown, "must not contain consecutive hyphens", target.Span);
        }

        if (text.StartsWith('-') || text.EndsWith('-'))
        {
            Invalid(field, shown, "must not begin or end with a hyphen", target.Span);
        }
    }

    private void CheckWorkload(LabelSelector? selector, PodTemplateSpec? template, SourceSpan at)
    {
        if (selector is null)
        {
            Add("spec.selector", "Required value", at);
        }
        else if (!Matches(selector, template))
        {
            SpannedMap<Spanned<string>> labels = template?.Metadata?.Labels ?? SpannedMap<Spanned<string>>.Empty;
            string shown = labels.Count == 0 ? "null" : "{" + string.Join(",", labels
                .OrderBy(static l => l.Key, StringComparer.Ordinal)
                .Select(static l => JsonText.Quote(l.Key) + ":" + JsonText.Quote(l.Value.Value))) + "}";
            Invalid("spec.template.metadata.labels", shown, "`selector` does not match template `labels`",
                labels.Span.IsKnown ? labels.Span : selector.Span);
        }

        if (template?.Metadata is { } meta)
        {
            MetadataCheck.CheckLabels(meta.Labels, "spec.template.labels", _errors);
        }

        CheckPod(template?.Spec, "spec.template.spec", template?.Span ?? at, isTemplate: true);
    }

    private static bool Matches(LabelSelector selector, PodTemplateSpec? template)
    {
        SpannedMap<Spanned<string>> labels = template?.Metadata?.Labels ?? SpannedMap<Spanned<string>>.Empty;
        return selector.MatchLabels.All(l => labels.Find(l.Key)?.Value == l.Value.Value)
               && selector.MatchExpressions.All(e =>
               {
                   string? value = labels.Find(e.Key?.Value ?? "")?.Value;
                   bool isListed = value is not null && e.Values.Any(v => v.Value == value);
                   return e.Operator?.Value switch
                   {
                       "In" => isListed,
                       "NotIn" => !isListed,
                       "Exists" => value is not null,
                       _ => value is null,
                   };
               });
    }

    private void CheckPod(PodSpec? spec, string path, SourceSpan at, bool isTemplate)
    {
        if (spec is null || spec.Containers.Count == 0)
        {
            Add(path + ".containers", "Required value", spec?.Span ?? at);
        }

        if (spec is null)
        {
            return;
        }

        OneOf(path + ".restartPolicy", spec.RestartPolicy, isTemplate ? "Always" : "Always OnFailure Never");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < spec.Containers.Count; i++)
        {
            CheckContainer(spec.Containers[i], string.Create(CultureInfo.InvariantCulture, $"{path}.containers[{i}]"),
                names);
        }
    }

    private void CheckContainer(Container c, string at, HashSet<string> names)
    {
        string name = c.Name?.Value ?? "";
        if (name.Length == 0)
        {
            Add(at + ".name", "Required value", c.Span);
        }
        else if (MetadataCheck.LabelProblem(name) is { } problem)
        {
            Invalid(at + ".name", JsonText.Quote(name), problem, c.Name!.Span);
        }
        else if (!names.Add(name))
        {
            Add(at + ".name", "Duplicate value: " + JsonText.Quote(name), c.Name!.Span);
        }

        if (string.IsNullOrEmpty(c.Image?.Value))
        {
            Add(at + ".image", "Required value", c.Image?.Span ?? c.Span);
        }

        OneOf(at + ".imagePullPolicy", c.ImagePullPolicy, "Always IfNotPresent Never");
        var ports = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < c.Ports.Count; i++)
        {
            ContainerPort p = c.Ports[i];
            string field = string.Create(CultureInfo.InvariantCulture, $"{at}.ports[{i}]");
            if ((p.Port?.Value ?? 0) == 0)
            {
                Add(field + ".containerPort", "Required value", p.Port?.Span ?? p.Span);
            }
            else
            {
                PortNumber(field + ".containerPort", p.Port!.Value, p.Port.Span);
            }

            OneOf(field + ".protocol", p.Protocol, "SCTP TCP UDP");
            if (p.Name is { Value.Length: > 0 } portName)
            {
                CheckPortName(field + ".name",
                    new Spanned<IntOrString>(new IntOrString(null, portName.Value), portName.Span));
                if (!ports.Add(portName.Value))
                {
                    Add(field + ".name", "Duplicate value: " + JsonText.Quote(portName.Value), portName.Span);
                }
            }
        }
    }

    private void CheckEndpointSlice(EndpointSlice e)
    {
        if (e.AddressType is null)
        {
            Add("addressType", "Required value", e.Span);
        }

        OneOf("addressType", e.AddressType, "FQDN IPv4 IPv6");
        for (int i = 0; i < e.Endpoints.Count; i++)
        {
            for (int j = 0; j < e.Endpoints[i].Addresses.Count; j++)
            {
                Spanned<string> a = e.Endpoints[i].Addresses[j];
                if (IPAddress.TryParse(a.Value, out IPAddress? ip) && IPAddress.IsLoopback(ip))
                {
                    Invalid(string.Create(CultureInfo.InvariantCulture, $"endpoints[{i}].addresses[{j}]"),
                        JsonText.Quote(a.Value), "may not be in the loopback range (127.0.0.0/8, ::1/128)", a.Span);
                }
            }
        }
    }

    private void CheckSecret(Secret s)
    {
        if (s.Type?.Value != "kubernetes.io/tls")
        {
            return;
        }

        foreach (string key in (string[])["tls.crt", "tls.key"])
        {
            if (!s.Data.Contains(key) && !s.StringData.Contains(key))
            {
                Add($"data[{key}]", "Required value", s.Span);
            }
        }
    }

    [GeneratedRegex(@"^[-a-z0-9]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex PortCharacters();
}

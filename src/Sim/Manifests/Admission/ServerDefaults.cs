using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>Values the API server fills in when it stores an object of a core kind.</summary>
/// <remarks>
/// Source: Kubernetes pkg/apis/*/v1/defaults.go, recorded with 1.35. Simplified: addresses of services are not
/// allocated
/// here, probes and volumes get no defaults.
/// </remarks>
internal static class ServerDefaults
{
    /// <summary>The document with its defaults.</summary>
    public static YamlMapping Apply(YamlMapping document, string kind, string name) => kind switch
    {
        "Namespace" => Namespace(document, name),
        "Deployment" => Edit(document, "spec", Deployment),
        "Service" => Edit(document, "spec", Service),
        "Pod" => Edit(document, "spec", PodSpec),
        "Secret" => Secret(document),
        "ConfigMap" => Edit(document, "data", NullsToEmpty),
        _ => document,
    };

    private static YamlScalar Text(string value, SourceSpan at) => new(value, false, at);

    private static YamlScalar Plain(string value, SourceSpan at) => new(value, true, at);

    private static YamlMapping With(YamlMapping map, string key, Func<SourceSpan, YamlNode> value) =>
        map[key] is null or YamlScalar { IsNull: true }
            ? new YamlMapping([.. map.Entries.Where(e => e.Key != key),
                new YamlEntry(key, map.Span, value(map.Span))], map.Span)
            : map;

    private static YamlMapping WithText(YamlMapping map, string key, string value) =>
        With(map, key, at => Text(value, at));

    private static YamlMapping WithNumber(YamlMapping map, string key, string value) =>
        With(map, key, at => Plain(value, at));

    private static YamlMapping Empty(SourceSpan at) => new([], at);

    private static YamlMapping Edit(YamlMapping map, string key, Func<YamlMapping, YamlMapping> edit) =>
        map[key] is YamlMapping child
            ? new YamlMapping([.. map.Entries.Select(e => e.Key == key ? e with { Value = edit(child) } : e)], map.Span)
            : map;

    private static YamlMapping EditItems(YamlMapping map, string key, Func<YamlMapping, YamlMapping> edit) =>
        map[key] is YamlSequence list
            ? new YamlMapping([.. map.Entries.Select(e => e.Key == key
                ? e with { Value = new YamlSequence([.. list.Items.Select(i => i is YamlMapping m ? edit(m) : i)],
                    list.Span) }
                : e)], map.Span)
            : map;

    private static YamlMapping Namespace(YamlMapping document, string name)
    {
        YamlMapping d = Edit(document, "metadata", m =>
            Edit(With(m, "labels", Empty), "labels", l => WithText(l, "kubernetes.io/metadata.name", name)));
        d = Edit(With(d, "spec", Empty), "spec", s =>
            With(s, "finalizers", at => new YamlSequence([Text("kubernetes", at)], at)));
        return Edit(With(d, "status", Empty), "status", s => WithText(s, "phase", "Active"));
    }

    private static YamlMapping Deployment(YamlMapping spec)
    {
        YamlMapping s = WithNumber(spec, "progressDeadlineSeconds", "600");
        s = WithNumber(s, "revisionHistoryLimit", "10");
        s = Edit(With(s, "strategy", Empty), "strategy", static x =>
        {
            YamlMapping strategy = WithText(x, "type", "RollingUpdate");
            return strategy["type"] is YamlScalar { Value: "RollingUpdate" }
                ? Edit(With(strategy, "rollingUpdate", Empty), "rollingUpdate", static r =>
                    WithText(WithText(r, "maxSurge", "25%"), "maxUnavailable", "25%"))
                : strategy;
        });
        return Edit(s, "template", static t => Edit(t, "spec", PodSpec));
    }

    private static YamlMapping PodSpec(YamlMapping spec)
    {
        YamlMapping s = WithText(spec, "dnsPolicy", "ClusterFirst");
        s = WithText(s, "restartPolicy", "Always");
        s = WithText(s, "schedulerName", "default-scheduler");
        s = With(s, "securityContext", Empty);
        s = WithNumber(s, "terminationGracePeriodSeconds", "30");
        return EditItems(s, "containers", static c =>
        {
            string image = c["image"] is YamlScalar i ? i.Value : "";
            string tag = image[(image.LastIndexOf('/') + 1)..];
            bool isLatest = !tag.Contains(':', StringComparison.Ordinal)
                || tag.EndsWith(":latest", StringComparison.Ordinal);
            YamlMapping x = WithText(c, "imagePullPolicy", isLatest ? "Always" : "IfNotPresent");
            x = With(x, "resources", Empty);
            x = WithText(x, "terminationMessagePath", "/dev/termination-log");
            x = WithText(x, "terminationMessagePolicy", "File");
            return EditItems(x, "ports", static p => WithText(p, "protocol", "TCP"));
        });
    }

    private static YamlMapping Service(YamlMapping spec)
    {
        YamlMapping s = WithText(spec, "sessionAffinity", "None");
        s = WithText(s, "type", "ClusterIP");
        if (s["type"] is not YamlScalar { Value: "ExternalName" })
        {
            s = WithText(s, "internalTrafficPolicy", "Cluster");
            s = With(s, "ipFamilies", static at => new YamlSequence([Text("IPv4", at)], at));
            s = WithText(s, "ipFamilyPolicy", "SingleStack");
        }

        return EditItems(s, "ports", static p =>
        {
            YamlMapping x = WithText(p, "protocol", "TCP");
            return x["port"] is { } port ? With(x, "targetPort", _ => port) : x;
        });
    }

    private static YamlMapping Secret(YamlMapping document) =>
        WithText(Edit(document, "data", NullsToEmpty), "type", "Opaque");

    private static YamlMapping NullsToEmpty(YamlMapping data) =>
        new([.. data.Entries.Select(static e => e.Value is YamlScalar { IsNull: true }
            ? e with { Value = Text("", e.Value.Span) } : e)], data.Span);
}

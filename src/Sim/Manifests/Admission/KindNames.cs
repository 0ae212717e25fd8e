namespace Sim.Manifests.Admission;

/// <summary>Plural and short names of kinds, as kubectl takes and prints them.</summary>
internal static class KindNames
{
    private static readonly (string Short, string Kind)[] Shorts =
    [
        ("po", "Pod"), ("svc", "Service"), ("sa", "ServiceAccount"), ("cm", "ConfigMap"), ("ns", "Namespace"),
        ("no", "Node"), ("deploy", "Deployment"), ("rs", "ReplicaSet"), ("sts", "StatefulSet"), ("ds", "DaemonSet"),
        ("ep", "Endpoints"), ("vs", "VirtualService"), ("dr", "DestinationRule"), ("se", "ServiceEntry"),
        ("gw", "Gateway"), ("we", "WorkloadEntry"), ("wg", "WorkloadGroup"), ("pa", "PeerAuthentication"),
        ("ra", "RequestAuthentication"), ("ap", "AuthorizationPolicy"), ("telemetry", "Telemetry"),
        ("hpa", "HorizontalPodAutoscaler"), ("pdb", "PodDisruptionBudget"),
    ];

    /// <summary>The plural in lower case: <c>virtualservices</c>, <c>authorizationpolicies</c>,
    /// <c>gateways</c>.</summary>
    public static string Plural(string kind)
    {
        string lower = kind.ToLowerInvariant();
        return lower == "endpoints" || lower == "telemetry" ? (lower == "telemetry" ? "telemetries" : lower)
            : lower.EndsWith('s') ? lower + "es"
            : lower.EndsWith('y') && !lower.EndsWith("ay", StringComparison.Ordinal) ? lower[..^1] + "ies"
            : lower + "s";
    }

    /// <summary>The kind of a resource word such as <c>deployment</c>, <c>deployments.apps</c>, <c>svc</c>; null when
    /// unknown.</summary>
    public static KindInfo? Find(string word)
    {
        string lower = word.ToLowerInvariant();
        int dot = lower.IndexOf('.', StringComparison.Ordinal);
        string name = dot < 0 ? lower : lower[..dot];
        string group = dot < 0 ? "" : lower[(dot + 1)..];
        foreach ((string shortName, string kind) in Shorts)
        {
            if (shortName == name)
            {
                name = kind.ToLowerInvariant();
            }
        }

        foreach (KindInfo k in KindTable.All)
        {
            if ((string.Equals(k.Kind, name, StringComparison.OrdinalIgnoreCase) || Plural(k.Kind) == name)
                && IsGroup(k, group))
            {
                return k;
            }
        }

        return null;
    }

    private static bool IsGroup(KindInfo kind, string text)
    {
        if (text.Length == 0 || text == kind.Group)
        {
            return true;
        }

        // kind.version.group
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        string version = dot < 0 ? text : text[..dot];
        string group = dot < 0 ? "" : text[(dot + 1)..];
        return kind.Versions.Contains(version) && group == kind.Group;
    }
}

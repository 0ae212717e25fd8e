using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Core.RegularExpressions;

namespace Sim.Manifests.Admission;

/// <summary>Rules that several of Istio's kinds share.</summary>
/// <remarks>Istio: pkg/config/validation/agent/validation.go and pkg/config/validation/validation.go.</remarks>
internal static partial class IstioRules
{
    private static readonly string[] TopologyLabels =
        ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"];

    /// <summary>True for the labels that name region, zone and subzone.</summary>
    public static bool IsTopologyLabel(string label) => TopologyLabels.Contains(label);

    /// <summary>True for a DNS-1123 label; capitals are allowed.</summary>
    public static bool IsLabel(string text) => text.Length <= 63 && LabelForm().IsMatch(text);

    /// <summary>What is wrong with a full host name without wildcard, or null.</summary>
    public static string? Fqdn(string name) => Preconditions(name) ?? Labels(name);

    /// <summary>What is wrong with a host name whose first label may be or begin with a star, or null.</summary>
    public static string? WildcardDomain(string name)
    {
        if (Preconditions(name) is { } problem)
        {
            return problem;
        }

        int dot = name.IndexOf('.', StringComparison.Ordinal);
        string first = dot < 0 ? name : name[..dot];
        bool isFirstValid = first.Length <= 63 && WildcardLabelForm().IsMatch(first);
        return !isFirstValid ? $"domain name \"{name}\" invalid (label \"{first}\" invalid)"
            : dot < 0 ? null : Labels(name[(dot + 1)..]);
    }

    /// <summary>What is wrong with a port number, or null.</summary>
    public static string? Port(long port) => port is >= 1 and <= 65535 ? null
        : string.Create(CultureInfo.InvariantCulture, $"port number {port} must be in the range 1..65535");

    /// <summary>What is wrong with a duration, or null.</summary>
    public static string? Duration(Spanned<long>? duration) => duration is null ? null
        : duration.Value < SimDuration.Millisecond ? "duration must be greater than 1ms"
        : duration.Value % SimDuration.Millisecond != 0 ? "only durations to ms precision are supported" : null;

    /// <summary>What is wrong with a percentage written as a whole number, or null.</summary>
    public static string? Percent(long value) => value is >= 0 and <= 100 ? null
        : string.Create(CultureInfo.InvariantCulture, $"percentage {value} is not in range 0..100");

    /// <summary>True for an IP address.</summary>
    public static bool IsIp(string text) =>
        !text.Contains('/', StringComparison.Ordinal) && IPAddress.TryParse(text, out IPAddress? ip)
        && (text.Contains(':', StringComparison.Ordinal) || ip.ToString() == text);

    /// <summary>What is wrong with an IP address, or null.</summary>
    public static string? Ip(string text) => IsIp(text) ? null : text + " is not a valid IP";

    /// <summary>What is wrong with an IP address or range, or null.</summary>
    public static string? Subnet(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return Ip(text);
        }

        bool isRange = IsIp(text[..slash])
            && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            && length <= (text.Contains(':', StringComparison.Ordinal) ? 128 : 32);
        return isRange ? null : text + " is not a valid CIDR block";
    }

    /// <summary>What is wrong with the path of a unix socket, or null.</summary>
    public static string? UnixAddress(string path) =>
        path.Length == 0 ? "unix address must not be empty"
        : path[0] == '@' ? null
        : path[0] != '/' || path.EndsWith('/') ? path + " is not an absolute path to a file" : null;

    /// <summary>Checks labels that select or mark workloads.</summary>
    public static void Tags(SpannedMap<Spanned<string>> labels, Findings f)
    {
        foreach (SpannedEntry<Spanned<string>> e in labels)
        {
            if (MetadataCheck.QualifiedNameProblem(e.Key.ToLowerInvariant()) is not null)
            {
                f.Error("invalid tag key: " + JsonText.Quote(e.Key), e.KeySpan);
                return;
            }

            if (!TagValueForm().IsMatch(e.Value.Value) || e.Value.Value.Length > 63)
            {
                f.Error("invalid tag value: " + JsonText.Quote(e.Value.Value), e.Value.Span);
                return;
            }
        }
    }

    /// <summary>Labels of a selector that is kept as written.</summary>
    public static SpannedMap<Spanned<string>> LabelsOf(YamlNode? node) => new(
        [.. node.Entries().Select(static e => new SpannedEntry<Spanned<string>>(
            e.Key, new Spanned<string>(e.Value.Text(), e.Value.Span), e.KeySpan))], node?.Span ?? SourceSpan.None);

    /// <summary>Checks the labels of a workload selector; warns when there are none.</summary>
    public static void Selector(SpannedMap<Spanned<string>>? labels, SourceSpan span, Findings f, string warning)
    {
        if (labels is null)
        {
            return;
        }

        foreach (SpannedEntry<Spanned<string>> e in labels)
        {
            string shown = JsonText.Quote(e.Key + "=" + e.Value.Value);
            f.ErrorIf(e.Key.Length == 0, "empty key is not supported in selector: " + shown, e.KeySpan);
            f.ErrorIf((e.Key + e.Value.Value).Contains('*', StringComparison.Ordinal),
                "wildcard is not supported in selector: " + shown, e.KeySpan);
        }

        if (labels.Count == 0)
        {
            f.Warn(warning, span);
        }
    }

    /// <summary>Checks a selector written under matchLabels.</summary>
    public static void Selector(WorkloadMatchLabels? selector, Findings f)
    {
        if (selector is not null)
        {
            Selector(selector.MatchLabels, selector.Span, f, "workload selector specified without labels");
        }
    }

    /// <summary>Checks selector and target references of a policy.</summary>
    public static void Targets(
        WorkloadMatchLabels? selector, PolicyTargetReference? one, IReadOnlyList<PolicyTargetReference> many,
            Findings f)
    {
        PolicyTargetReference[] all = one is null ? [.. many] : [one, .. many];
        bool hasSelector = selector is { MatchLabels.Count: > 0 };
        if ((one is not null && many.Count > 0) || (hasSelector && all.Length > 0))
        {
            f.Error("only one of targetRefs or workloadSelector can be set", selector?.Span ?? all[0].Span);
            return;
        }

        Selector(selector, f);
        foreach (PolicyTargetReference r in all)
        {
            f.ErrorIf(string.IsNullOrEmpty(r.Name?.Value), "targetRef name must be set", r.Span);
            bool isAllowed = (r.Group?.Value ?? "", r.Kind?.Value ?? "") is ("gateway.networking.k8s.io", "Gateway")
                or ("gateway.networking.k8s.io", "GatewayClass") or ("" or "core", "Service")
                or ("networking.istio.io", "ServiceEntry");
            f.ErrorIf(!isAllowed, "targetRef must be to one of Gateway, GatewayClass, Service, ServiceEntry", r.Span);
            f.ErrorIf(!string.IsNullOrEmpty(r.Namespace?.Value),
                "targetRef namespace must not be set; cross namespace referencing is not supported", r.Span);
        }
    }

    /// <summary>Checks the namespaces an object is exported to.</summary>
    public static void ExportTo(
        string space, IReadOnlyList<Spanned<string>> exportTo, bool isServiceEntry, bool hasSelector, Findings f)
    {
        if (exportTo.Count == 0)
        {
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (Spanned<string> e in exportTo)
        {
            string key = e.Value == "." ? space : e.Value;
            if (!seen.Add(key))
            {
                f.Error("duplicate entries in exportTo for entry " + e.Value, e.Span);
            }
            else if (key is not ("*" or "~") && !IsLabel(key))
            {
                f.Error("only .,*, or a valid DNS 1123 label is allowed as exportTo entry", e.Span);
            }
        }

        SourceSpan at = exportTo[0].Span;
        if (hasSelector)
        {
            f.ErrorIf(!seen.Contains(space),
                "destination rule with workload selector cannot have exportTo beyond current namespace", at);
            f.ErrorIf(seen.Contains(space) && seen.Count > 1,
                "destination rule with workload selector cannot have multiple entries in exportTo", at);
        }

        f.ErrorIf(seen.Contains("*") && exportTo.Count > 1,
            "cannot have both public (*) and non-public exportTo values for a resource", at);
        if (seen.Contains("~"))
        {
            f.ErrorIf(!isServiceEntry, "exportTo ~ (none) is not allowed for Istio configuration objects", at);
            f.ErrorIf(isServiceEntry && exportTo.Count > 1, "cannot export service entry to no one (~) and someone",
                at);
        }
    }

    /// <summary>What is wrong with an RE2 expression, or null.</summary>
    public static string? Regexp(string expression, string where)
    {
        string? problem = expression.Length == 0 ? "regex string match should not be empty"
            : expression.Length > 1024 ? "regex is too large, max length allowed is 1024"
            : Re2.Check(expression) is { } bad
                ? $"{bad.GoText}; Istio uses RE2 style regex-based match " +
                    $"(https://github.com/google/re2/wiki/Syntax)"
                : null;
        return problem is null ? null : $"\"{where}\": {problem}";
    }

    private static string? Preconditions(string name) =>
        name.Length > 255 ? $"domain name \"{name}\" too long (max 255)"
        : name.Length == 0 ? "empty domain name not allowed" : null;

    private static string? Labels(string domain)
    {
        string[] parts = domain.Split('.');
        string top = parts[^1];
        if (long.TryParse(top, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        {
            return $"domain name \"{domain}\" invalid (top level domain \"{top}\" cannot be all-numeric)";
        }

        for (int i = 0; i < parts.Length; i++)
        {
            if (i == parts.Length - 1 && parts[i].Length == 0)
            {
                return null;
            }

            if (!IsLabel(parts[i]))
            {
                return $"domain name \"{domain}\" invalid (label \"{parts[i]}\" invalid)";
            }
        }

        return null;
    }

    [GeneratedRegex(@"^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelForm();

    [GeneratedRegex(@"^(\*|(\*|\*-)?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex WildcardLabelForm();

    [GeneratedRegex(@"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex TagValueForm();
}

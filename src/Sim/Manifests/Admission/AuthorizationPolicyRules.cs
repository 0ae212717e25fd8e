using System.Globalization;
using System.Text.RegularExpressions;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>istiod's rules for AuthorizationPolicies.</summary>
/// <remarks>
/// Istio: pkg/config/validation/validation.go#ValidateAuthorizationPolicy,
/// pkg/config/security/security.go#ValidateAttribute.
/// </remarks>
internal sealed partial class AuthorizationPolicyRules(Findings f)
{
    private const string TcpWarning =
        "configured AuthorizationPolicy will deny all traffic to TCP ports under its scope due to the use of " +
            "only HTTP " +
        "attributes in a DENY rule; it is recommended to explicitly specify the port";

    /// <summary>Checks a policy.</summary>
    public void Check(AuthorizationPolicy policy)
    {
        AuthorizationPolicySpec? spec = policy.Spec;
        if (spec is null)
        {
            return;
        }

        IstioRules.Targets(spec.Selector, spec.TargetRef, spec.TargetRefs, f);
        string action = spec.Action?.Value ?? "ALLOW";
        bool isCustom = action == "CUSTOM";
        if (isCustom)
        {
            f.ErrorIf(string.IsNullOrEmpty(spec.Provider?.Name?.Value), "`provider.name` must not be empty",
                spec.Provider?.Span ?? spec.Span);
        }
        else if (spec.Provider is not null)
        {
            f.Error($"`provider` must not be with non CUSTOM action, found {action}", spec.Provider.Span);
        }

        f.ErrorIf(action is "DENY" or "CUSTOM" && spec.Rules.Count == 0,
            $"{action} action without `rules` is meaningless as it will never be triggered, add an empty rule `{{}}` " +
                $"if you " +
            "want it be triggered for every request", spec.Action?.Span ?? spec.Span);
        bool isHttpOnlyDeny = false;
        for (int i = 0; i < spec.Rules.Count; i++)
        {
            CheckRule(spec.Rules[i], i, isCustom);
            isHttpOnlyDeny |= action == "DENY" && IsHttpOnly(spec.Rules[i]);
        }

        if (isHttpOnlyDeny)
        {
            f.Warn(TcpWarning, spec.Span);
        }
    }

    /// <summary>True when a DENY rule keeps nothing that a TCP port can be judged by.</summary>
    private static bool IsHttpOnly(AuthorizationRule rule)
    {
        bool hasHttpFrom = rule.From.Any(static x => x.Source is { } s && s.RequestPrincipals.Count
            + s.NotRequestPrincipals.Count > 0);
        bool hasTcpFrom = rule.From.Any(static x => x.Source is { } s && s.Principals.Count + s.NotPrincipals.Count
            + s.Namespaces.Count + s.NotNamespaces.Count + s.IpBlocks.Count + s.NotIpBlocks.Count
                + s.ServiceAccounts.Count
            + s.NotServiceAccounts.Count + s.RemoteIpBlocks.Count + s.NotRemoteIpBlocks.Count > 0);
        bool hasHttpTo = rule.To.Any(static x => x.Operation is { } o && o.Hosts.Count + o.NotHosts.Count
            + o.Methods.Count
            + o.NotMethods.Count + o.Paths.Count + o.NotPaths.Count > 0);
        bool hasPorts = rule.To.Any(static x => x.Operation is { } o && o.Ports.Count + o.NotPorts.Count > 0);
        return (hasHttpTo && !hasPorts) || (hasHttpFrom && !hasTcpFrom && !hasPorts);
    }

    private void CheckRule(AuthorizationRule rule, int index, bool isCustom)
    {
        string at = string.Create(CultureInfo.InvariantCulture, $"found at rule {index}");
        foreach (AuthorizationFrom from in rule.From)
        {
            if (from.Source is not { } source)
            {
                f.Error("`from.source` must not be nil, " + at, from.Span);
            }
            else
            {
                CheckSource(source, at, isCustom);
            }
        }

        foreach (AuthorizationTo to in rule.To)
        {
            if (to.Operation is not { } operation)
            {
                f.Error("`to.operation` must not be nil, " + at, to.Span);
            }
            else
            {
                CheckOperation(operation, at);
            }
        }

        foreach (AuthorizationCondition when in rule.When)
        {
            CheckCondition(when, isCustom);
        }
    }

    private void CheckSource(AuthorizationSource s, string at, bool isCustom)
    {
        (string Name, IReadOnlyList<Spanned<string>> Values, bool IsForCustom)[] fields =
        [
            ("Principals", s.Principals, false), ("NotPrincipals", s.NotPrincipals, false),
            ("RequestPrincipals", s.RequestPrincipals, false), ("NotRequestPrincipals", s.NotRequestPrincipals, false),
            ("Namespaces", s.Namespaces, false), ("NotNamespaces", s.NotNamespaces, false),
            ("ServiceAccounts", s.ServiceAccounts, false), ("NotServiceAccounts", s.NotServiceAccounts, false),
            ("IpBlocks", s.IpBlocks, true), ("NotIpBlocks", s.NotIpBlocks, true),
            ("RemoteIpBlocks", s.RemoteIpBlocks, true), ("NotRemoteIpBlocks", s.NotRemoteIpBlocks, true),
            ("TrustDomains", s.TrustDomains, false), ("NotTrustDomains", s.NotTrustDomains, false),
        ];
        f.ErrorIf(fields.All(static x => x.Values.Count == 0), "`from.source` must not be empty, " + at, s.Span);
        f.ErrorIf(s.ServiceAccounts.Count + s.NotServiceAccounts.Count > 0
                  && s.Principals.Count + s.NotPrincipals.Count + s.Namespaces.Count + s.NotNamespaces.Count > 0,
            "cannot set serviceAccounts with namespaces or principals, " + at, s.Span);
        foreach ((string name, IReadOnlyList<Spanned<string>> values, bool isForCustom) in fields)
        {
            f.ErrorIf(isCustom && !isForCustom && values.Count > 0,
                $"From.{name} is currently not supported with CUSTOM action", values.Count > 0 ? values[0].Span
                    : s.Span);
            CheckNotEmpty(values, name);
            foreach (Spanned<string> v in values)
            {
                f.ErrorIf(isForCustom ? IpProblem(v.Value) : null, v.Span);
                int star = name.EndsWith("TrustDomains", StringComparison.Ordinal) && v.Value.Length > 2
                    ? v.Value.AsSpan(1, v.Value.Length - 2).IndexOf('*') : -1;
                f.ErrorIf(star >= 0, "wildcard is only allowed at the start or end, found in " + name, v.Span);
                f.ErrorIf(name.EndsWith("ServiceAccounts", StringComparison.Ordinal)
                    ? ServiceAccountProblem(v.Value, name) : null, v.Span);
            }

            f.ErrorIf(name.EndsWith("ServiceAccounts", StringComparison.Ordinal) && values.Count > 16,
                "may not have more than 16 values", s.Span);
        }
    }

    private void CheckOperation(AuthorizationOperation o, string at)
    {
        (string Name, IReadOnlyList<Spanned<string>> Values)[] fields =
        [
            ("Ports", o.Ports), ("NotPorts", o.NotPorts), ("Methods", o.Methods), ("NotMethods", o.NotMethods),
            ("Paths", o.Paths), ("NotPaths", o.NotPaths), ("Hosts", o.Hosts), ("NotHosts", o.NotHosts),
        ];
        f.ErrorIf(fields.All(static x => x.Values.Count == 0), "`to.operation` must not be empty, " + at, o.Span);
        foreach ((string name, IReadOnlyList<Spanned<string>> values) in fields)
        {
            CheckNotEmpty(values, name);
            foreach (Spanned<string> v in values)
            {
                f.ErrorIf(name.EndsWith("Ports", StringComparison.Ordinal) ? PortProblem(v.Value) : null, v.Span);
                f.ErrorIf(name.EndsWith("Paths", StringComparison.Ordinal) ? PathProblem(v.Value, name) : null, v.Span);
            }
        }
    }

    private void CheckCondition(AuthorizationCondition when, bool isCustom)
    {
        string key = when.Key?.Value ?? "";
        SourceSpan span = when.Key?.Span ?? when.Span;
        if (key.Length == 0)
        {
            f.Error("`key` must not be empty", when.Span);
            return;
        }

        f.ErrorIf(when.Values.Count + when.NotValues.Count == 0,
            $"at least one of `values` or `notValues` must be set for key {key}", span);
        f.ErrorIf(isCustom && (key is "source.namespace" or "source.principal" or "source.serviceAccount"
            or "request.auth.principal"
            or "request.auth.audiences" or "request.auth.presenter"
                || key.StartsWith("request.auth.claims", StringComparison.Ordinal)),
            key + " is currently not supported with CUSTOM action", span);
        AddAttribute("value", key, when.Values, span);
        AddAttribute("notValue", key, when.NotValues, span);
    }

    private void AddAttribute(string which, string key, IReadOnlyList<Spanned<string>> values, SourceSpan span)
    {
        if (AttributeProblem(key, values) is { } problem)
        {
            string hint = key == "source.cluster"
                ? "Istio has no such attribute; principals or trust domains can tell clusters apart" : "";
            f.Error($"invalid `{which}` for `key` {key}: {problem}", span, hint);
        }
    }

    private static string? AttributeProblem(string key, IReadOnlyList<Spanned<string>> values)
    {
        switch (key)
        {
            case "source.ip" or "remote.ip" or "destination.ip":
                return Joined(values, IpProblem);
            case "destination.port":
                return Joined(values, PortProblem);
            case "source.namespace" or "source.principal" or "request.auth.principal" or "request.auth.audiences"
                or "request.auth.presenter" or "connection.sni":
                return null;
            case "source.serviceAccount":
                return values.Select(v => ServiceAccountProblem(v.Value, key)).FirstOrDefault(static p =>
                    p is not null);
            case "destination.name" or "destination.user":
                return $"deprecated attribute {key}: only supported in v1alpha1";
            case "destination.namespace":
                return $"attribute {key} is replaced by the metadata.namespace";
            default:
                return PrefixedAttributeProblem(key, values);
        }
    }

    private static string? PrefixedAttributeProblem(string key, IReadOnlyList<Spanned<string>> values)
    {
        if (key.StartsWith("request.headers", StringComparison.Ordinal))
        {
            return !BracketForm().IsMatch(key) ? $"bad key ({key}): should have format a[b]"
                : values.Any(static v => v.Value.Length == 0) ? $"empty value not allowed, found in {key}" : null;
        }

        return key.StartsWith("request.auth.claims", StringComparison.Ordinal)
                ? BracketForm().IsMatch(key) ? null : $"bad key ({key}): should have format a[b]"
            : key.StartsWith("destination.labels", StringComparison.Ordinal)
                ? $"attribute {key} is replaced by the workload selector"
            : key.StartsWith("experimental.envoy.filters.", StringComparison.Ordinal)
                ? BracketForm().IsMatch(key) ? null : $"bad key ({key}): should have format a[b]"
            : "unknown attribute: " + key;
    }

    private static string? Joined(IReadOnlyList<Spanned<string>> values, Func<string, string?> problemOf)
    {
        List<string> problems = [.. values.Select(v => problemOf(v.Value)).OfType<string>()];
        if (problems.Count == 0)
        {
            return null;
        }

        string noun = problems.Count == 1 ? "error" : "errors";
        return string.Create(CultureInfo.InvariantCulture, $"{problems.Count} {noun} occurred:")
               + string.Concat(problems.Select(static p => "\n\t* " + p));
    }

    private void CheckNotEmpty(IReadOnlyList<Spanned<string>> values, string name)
    {
        if (values.FirstOrDefault(static v => v.Value.Length == 0) is { } empty)
        {
            f.Error("empty value not allowed, found in " + name, empty.Span);
        }
    }

    private static string? IpProblem(string value)
    {
        int slash = value.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return IstioRules.IsIp(value) ? null : $"bad IP address ({value})";
        }

        if (IstioRules.Subnet(value) is null)
        {
            return null;
        }

        string reason = IstioRules.IsIp(value[..slash]) ? "prefix length out of range" : "unable to parse IP";
        return $"bad CIDR range ({value}): netip.ParsePrefix({JsonText.Quote(value)}): {reason}";
    }

    private static string? PortProblem(string value) =>
        value.Length == 0 || !value.All(char.IsAsciiDigit)
            ? $"bad port ({value}): strconv.ParseUint: parsing {JsonText.Quote(value)}: invalid syntax"
            : value.Length > 5 || int.Parse(value, CultureInfo.InvariantCulture) > 65535
                ? $"bad port ({value}): <nil>" : null;

    private static string? ServiceAccountProblem(string value, string where)
    {
        if (value.Contains('*', StringComparison.Ordinal))
        {
            return "wildcard not allowed, found in " + where;
        }

        return value.StartsWith('/')
            ? $"expected format 'serviceAccount' or 'namespace/serviceAccount', found empty namespace " +
                $"{JsonText.Quote(value)} in {where}"
            : null;
    }

    private static string? PathProblem(string path, string where)
    {
        if (!path.Contains('{', StringComparison.Ordinal) && !path.Contains('}', StringComparison.Ordinal))
        {
            return null;
        }

        string trimmed = path.StartsWith('/') ? path[1..] : path;
        string prefix = $"invalid or unsupported path {trimmed}, found in {where}. ";
        string[] segments = trimmed.Split('/');
        bool hasTemplate = trimmed.Contains("{*}", StringComparison.Ordinal)
            || trimmed.Contains("{**}", StringComparison.Ordinal);
        for (int i = 0; i < segments.Length; i++)
        {
            string s = segments[i];
            if (s == "{**}" && i < segments.Length - 1)
            {
                return prefix + "{**} is not the last operator";
            }

            if (s is "{*}" or "{**}")
            {
                continue;
            }

            if (s.Contains('{', StringComparison.Ordinal) || s.Contains('}', StringComparison.Ordinal))
            {
                return prefix + "Contains '{' or '}' beyond a supported path template";
            }

            if (hasTemplate && !LiteralForm().IsMatch(s))
            {
                return prefix + $"Contains segment {s} with invalid string literal";
            }
        }

        return null;
    }

    [GeneratedRegex(@"^[^\[\]]+(\[[^\[\]]+\])+\z", RegexOptions.CultureInvariant)]
    private static partial Regex BracketForm();

    [GeneratedRegex(@"^[a-zA-Z0-9-._~%!$&'()+,;:@=]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex LiteralForm();
}

using System.Net;
using System.Text.RegularExpressions;
using Sim.Mesh;

namespace Sim.Tests.Authz;

/// <summary>A request or connection as the naive evaluator sees it.</summary>
internal sealed record NaiveCall(
    string? Principal, string Ip, string DestinationIp, int Port, string? Sni, bool IsTcp, string Method, string Host,
    string Path)
{
    /// <summary>X-Forwarded-For with one plain address; null = none.</summary>
    public string? Forwarded { get; init; }

    /// <summary>Header x-region; null = none.</summary>
    public string? Region { get; init; }

    /// <summary>Claims: a text or a list each; null = no token.</summary>
    public IReadOnlyDictionary<string, string[]>? Claims { get; init; }
}

/// <summary>AuthorizationPolicy as its reference text says it: no RBAC, no compilation. The measure of the
/// product.</summary>
internal sealed class NaiveAuthorization(string[] trustDomains, string root, bool providerAllows)
{
    /// <summary>Whether a call reaches a workload of a namespace, and the rule that decided.</summary>
    public (bool Allowed, string Rule) Judge(
        IReadOnlyList<AuthorizationPolicy> policies, string ns, IReadOnlyDictionary<string, string> labels,
        NaiveCall call)
    {
        AuthorizationPolicy[] selected = [.. policies.Where(p => !p.IsDryRun && !p.HasTargetRefs
            && (p.Meta.Namespace == root || p.Meta.Namespace == ns)
            && p.Selector.All(s => labels.TryGetValue(s.Key, out string? v) && v == s.Value))];
        // The authorizer is asked before any token is looked at.
        if (!providerAllows
            && First(selected, AuthorizationAction.Custom, call with { Claims = null }) is string custom)
        {
            return (false, "istio-ext-authz-" + custom);
        }

        if (First(selected, AuthorizationAction.Deny, call) is string denied)
        {
            return (false, denied);
        }

        string? allowed = First(selected, AuthorizationAction.Allow, call);
        bool isList = selected.Any(static p => p.Action == AuthorizationAction.Allow);
        return (allowed is not null || !isList, allowed ?? "");
    }

    private string? First(AuthorizationPolicy[] policies, AuthorizationAction action, NaiveCall call) => policies
        .Where(p => p.Action == action)
        .SelectMany(p => p.Rules.Select((r, i) => (Name: $"ns[{p.Meta.Namespace}]-policy[{p.Meta.Name}]-rule[{i}]",
            Holds: Holds(r, p.Meta.Namespace, action == AuthorizationAction.Allow, call))))
        .Where(static r => r.Holds).Select(static r => r.Name).Order(StringComparer.Ordinal).FirstOrDefault();

    private bool Holds(AuthorizationRule rule, string ns, bool isAllow, NaiveCall call)
    {
        var fields = new FieldJudge(isAllow, call.IsTcp);
        bool from = rule.From.Count == 0 || rule.From.Select(s => Source(s, ns, fields, call)).ToArray().Contains(true);
        bool to = rule.To.Count == 0 || rule.To.Select(o => Operation(o, fields, call)).ToArray().Contains(true);
        bool when = rule.When.Select(w => When(w, ns, fields, call)).ToArray().All(static h => h);
        return from && to && when && !fields.IsRuleLost;
    }

    private bool Source(AuthorizationSource s, string ns, FieldJudge f, NaiveCall c) => All(
        f.Of(s.Principals, false, v => Principal(v, c)), f.Of(s.RequestPrincipals, true, v => Token(v, c)),
        f.Of(s.Namespaces, false, v => Namespace(v, c)), f.Of(s.ServiceAccounts, false, v => Account(v, ns, c)),
        f.Of(s.TrustDomains, false, v => Domain(v, c)), f.Of(s.IpBlocks, false, v => Within(v, c.Ip)),
        f.Of(s.RemoteIpBlocks, false, v => Within(v, Remote(c))));

    private static bool Operation(AuthorizationOperation o, FieldJudge f, NaiveCall c) => All(
        f.Of(o.Hosts, true, v => Text(v.ToLowerInvariant(), c.Host.ToLowerInvariant())),
        f.Of(o.Methods, true, v => Text(v, c.Method)), f.Of(o.Paths, true, v => Path(v, c.Path.Split('?')[0])),
        f.Of(o.Ports, false, v => int.TryParse(v, out int port) ? port == c.Port : null));

    private bool When(AuthorizationCondition w, string ns, FieldJudge f, NaiveCall c) => w.Key switch
    {
        "source.ip" => f.Of(w.Values, false, v => Within(v, c.Ip)),
        "remote.ip" => f.Of(w.Values, false, v => Within(v, Remote(c))),
        "source.namespace" => f.Of(w.Values, false, v => Namespace(v, c)),
        "source.principal" => f.Of(w.Values, false, v => Principal(v, c)),
        "source.serviceAccount" => f.Of(w.Values, false, v => Account(v, ns, c)),
        "source.trustDomain" => f.Of(w.Values, false, v => Domain(v, c)),
        "request.auth.principal" => f.Of(w.Values, true, v => Token(v, c)),
        "request.auth.audiences" => f.Of(w.Values, true, v => Claim("aud", v, c)),
        "request.auth.presenter" => f.Of(w.Values, true, v => Claim("azp", v, c)),
        "request.auth.claims[groups]" => f.Of(w.Values, true, v => Claim("groups", v, c)),
        "request.headers[X-Region]" => f.Of(w.Values, true, v =>
            c.Region is not null && (v == "*" || Text(v, c.Region))),
        "destination.ip" => f.Of(w.Values, false, v => Within(v, c.DestinationIp)),
        "destination.port" => f.Of(w.Values, false, v => int.TryParse(v, out int port) ? port == c.Port : null),
        "connection.sni" => f.Of(w.Values, false, v => Text(v, c.Sni ?? "")),
        _ => throw new NotSupportedException(w.Key),
    };

    private static bool All(params bool[] fields) => fields.All(static f => f);

    private static bool Text(string value, string text) => value == "*" ? text.Length > 0
        : value.StartsWith('*') ? text.EndsWith(value[1..], StringComparison.Ordinal)
        : value.EndsWith('*') ? text.StartsWith(value[..^1], StringComparison.Ordinal) : text == value;

    private bool? Principal(string value, NaiveCall c)
    {
        if (c.Principal is null)
        {
            return false;
        }

        string[] parts = value.Split('/');
        bool isOurs = parts.Length == 5 && parts[0] != "*" && (parts[0] == "cluster.local"
            || trustDomains.Any(d => Text(parts[0], d)));
        if (!isOurs)
        {
            return Text(value, c.Principal);
        }

        string rest = value[parts[0].Length..];
        return trustDomains.Any(d => Text(
            (parts[0].StartsWith('*') && Text(parts[0], d) ? parts[0] : d) + rest, c.Principal));
    }

    private static bool? Namespace(string value, NaiveCall c) => c.Principal is not null
        && Regex.IsMatch("spiffe://" + c.Principal, "^.*/ns/" + value.Replace("*", ".*") + "/.*$");

    private static bool? Account(string value, string ns, NaiveCall c)
    {
        string[] parts = value.Contains('/') ? value.Split('/') : [ns, value];
        return c.Principal is not null
            && c.Principal[c.Principal.IndexOf('/')..] == $"/ns/{parts[0]}/sa/{parts[1]}";
    }

    private bool? Domain(string value, NaiveCall c)
    {
        if (c.Principal is null)
        {
            return false;
        }

        string own = c.Principal.Split('/')[0];
        return trustDomains.Contains(value) ? trustDomains.Contains(own) : Text(value, own);
    }

    private static bool? Token(string value, NaiveCall c)
    {
        string issuer = c.Claims?.GetValueOrDefault("iss")?[0] ?? "";
        string subject = c.Claims?.GetValueOrDefault("sub")?[0] ?? "";
        if (c.Claims is null || issuer.Length == 0 || subject.Length == 0)
        {
            return false;
        }

        int slash = value.LastIndexOf('/');
        if (slash < 0)
        {
            return value == "*"
                || (value.StartsWith('*') ? Text(value, subject) : value.EndsWith('*') && Text(value, issuer));
        }

        (string first, string last) = (value[..slash], value[(slash + 1)..]);
        return value.StartsWith('*') ? Text(first, issuer) && last == subject
            : first == issuer && Text(last, subject);
    }

    private static bool? Claim(string name, string value, NaiveCall c) =>
        c.Claims?.GetValueOrDefault(name)?.Any(v => Text(value, v)) ?? false;

    private static string Remote(NaiveCall c) => c.IsTcp ? c.Ip : c.Forwarded ?? c.Ip;

    private static bool? Within(string block, string ip)
    {
        string[] parts = block.Split('/');
        if (!IPAddress.TryParse(parts[0], out IPAddress? network))
        {
            return null;
        }

        byte[] a = network.GetAddressBytes();
        byte[] b = IPAddress.Parse(ip).GetAddressBytes();
        int length = parts.Length > 1 ? int.Parse(parts[1], null) : a.Length * 8;
        return a.Length == b.Length && Enumerable.Range(0, length).All(
            i => ((a[i / 8] ^ b[i / 8]) & (0x80 >> (i % 8))) == 0);
    }

    private static bool? Path(string value, string path)
    {
        if (!value.Contains('{'))
        {
            return Text(value, path);
        }

        string[] want = value.Split('/');
        string[] have = path.Split('/');
        for (int i = 0; i < want.Length; i++)
        {
            if (want[i] == "{**}")
            {
                return have.Length > i;
            }

            if (i >= have.Length || (want[i] == "{*}" ? have[i].Length == 0 : want[i] != have[i]))
            {
                return false;
            }
        }

        return want.Length == have.Length;
    }

    /// <summary>One field: values OR-ed, negated values none; on TCP, conditions on HTTP and values that are none cost
    /// an ALLOW rule its life and others only themselves.</summary>
    private sealed class FieldJudge(bool isAllow, bool isTcp)
    {
        public bool IsRuleLost { get; private set; }

        public bool Of(ValueSet set, bool isHttpOnly, Func<string, bool?> holds) =>
            Any(set.Values, isHttpOnly, holds, true) & !Any(set.NotValues, isHttpOnly, holds, false);

        private bool Any(IReadOnlyList<string> values, bool isHttpOnly, Func<string, bool?> holds, bool ifEmpty)
        {
            bool? result = null;
            foreach (string value in values)
            {
                bool? one = isHttpOnly && isTcp ? null : holds(value);
                IsRuleLost |= one is null && isAllow;
                result = one is null ? result : (result ?? false) | one;
            }

            return result ?? ifEmpty;
        }
    }
}

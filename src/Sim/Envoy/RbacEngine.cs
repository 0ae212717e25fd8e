using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>The RBAC filters of one inbound chain.</summary>
/// <remarks>
/// Envoy: source/extensions/filters/common/rbac/engine_impl.cc. In each filter the first matching policy in byte order
/// of the names counts. Filters are asked in their order (Istio: CUSTOM, AUDIT, DENY, ALLOW) until one denies; dry-run
/// filters are asked and never deny. Verdicts about numbered connections and templates are remembered: a repeated
/// question costs one array read. Belongs to one run; allocates only when it meets an outcome for the first time.
/// </remarks>
public sealed class RbacEngine
{
    private const string DetailsPrefix = "rbac_access_denied_matched_policy[";

    private readonly Filter[] _filters;
    private readonly Dictionary<OutcomeKey, RbacDecision> _decisions = [];
    private RbacDecision?[] _remembered = [];
    private int _templates;

    private RbacEngine(Filter[] filters) => _filters = filters;

    /// <summary>Whether there is any filter at all.</summary>
    public bool IsEmpty => _filters.Length == 0;

    /// <summary>Requests refused (<c>rbac.denied</c>), repeated questions included.</summary>
    public long Denied { get; private set; }

    /// <summary>Requests let through (<c>rbac.allowed</c>), repeated questions included.</summary>
    public long Allowed { get; private set; }

    /// <summary>Compiles the filters of a chain.</summary>
    /// <param name="rules">Filters in order.</param>
    /// <param name="repeatedHeaders">How repeated header lines are compared.</param>
    /// <param name="diagnostics">Takes expressions that Envoy would refuse.</param>
    public static RbacEngine Compile(
        IReadOnlyList<RbacRules> rules, RepeatedHeaderRule repeatedHeaders = RepeatedHeaderRule.Joined,
        DiagnosticBag? diagnostics = null) =>
        new([.. rules.Select(r => new Filter(r, repeatedHeaders, diagnostics))]);

    /// <summary>Decides about a request.</summary>
    public RbacDecision Evaluate(in RbacRequest request)
    {
        RbacDecision? decision = null;
        int template = request.Headers is null ? 0 : request.Headers.Id + 1;
        if ((uint)template < (uint)_templates && request.ConnectionId >= 0 && (template > 0 || request.Headers is null))
        {
            long at = ((long)request.ConnectionId * _templates) + template;
            decision = at < _remembered.Length ? _remembered[at] : null;
        }

        decision ??= EvaluateSlowly(request, template);
        if (decision.IsAllowed)
        {
            Allowed++;
        }
        else
        {
            Denied++;
        }

        return decision;
    }

    private RbacDecision EvaluateSlowly(in RbacRequest request, int template)
    {
        RbacDecision decision = Decide(request);
        if (request.ConnectionId >= 0 && (request.Headers is null || request.Headers.Id >= 0))
        {
            Remember(request.ConnectionId, template, decision);
        }

        return decision;
    }

    private RbacDecision Decide(in RbacRequest request)
    {
        var key = new OutcomeKey(-1, -1, -1, -1, -1, -2, -1, -2, -1);
        for (int i = 0; i < _filters.Length; i++)
        {
            Filter filter = _filters[i];
            int matched = filter.FirstMatch(request);
            bool denies = filter.Denies(matched);
            if (filter.Source.Provider.Length > 0)
            {
                key = matched >= 0 && key.ProviderPolicy < 0
                    ? key with { ProviderFilter = i, ProviderPolicy = matched } : key;
            }
            else if (filter.Source.IsShadow)
            {
                key = WithShadow(key, i, matched);
            }
            else if (filter.Source.Action == RbacAction.Log)
            {
                key = matched >= 0 && key.AuditPolicy < 0 ? key with { AuditPolicy = (i << 20) | matched } : key;
            }
            else
            {
                key = matched >= 0 || denies ? key with { Filter = i, Policy = matched } : key;
                if (denies)
                {
                    // The dry-run rules of an action are part of the same Envoy filter, which asks them first.
                    if (i + 1 < _filters.Length && _filters[i + 1].IsShadowOf(filter))
                    {
                        key = WithShadow(key, i + 1, _filters[i + 1].FirstMatch(request));
                    }

                    break;
                }
            }
        }

        if (!_decisions.TryGetValue(key, out RbacDecision? decision))
        {
            decision = Describe(key);
            _decisions.Add(key, decision);
        }

        return decision;
    }

    private OutcomeKey WithShadow(OutcomeKey key, int filter, int matched) =>
        _filters[filter].Source.Action == RbacAction.Allow
            ? key with { ShadowAllowFilter = filter, ShadowAllow = matched }
            : key with { ShadowDenyFilter = filter, ShadowDeny = matched };

    private DryRunOutcome DryRun(int filter, int matched) => filter < 0 ? default
        : new DryRunOutcome(true, _filters[filter].Denies(matched), NameOf(filter, matched));

    private string NameOf(int filter, int matched) => matched < 0 ? "" : _filters[filter].Policies[matched].Name;

    private RbacDecision Describe(OutcomeKey key)
    {
        RbacPolicy? policy = key.Policy < 0 ? null : _filters[key.Filter].Policies[key.Policy];
        bool isAllowed = key.Filter < 0 || !_filters[key.Filter].Denies(key.Policy);
        string details = isAllowed ? ""
            : DetailsPrefix + LocalReply.Underscored(policy?.Name ?? "none") + "]";
        DryRunOutcome deny = DryRun(key.ShadowDenyFilter, key.ShadowDeny);
        DryRunOutcome allow = DryRun(key.ShadowAllowFilter, key.ShadowAllow);
        DryRunOutcome first = deny.WouldDeny || (deny.IsAsked && !allow.WouldDeny) ? deny : allow;
        RbacRules? custom = key.ProviderFilter < 0 ? null : _filters[key.ProviderFilter].Source;
        return new RbacDecision
        {
            IsAllowed = isAllowed,
            Policy = policy?.Name ?? "",
            Origin = policy?.Origin ?? default,
            DenyingFilter = isAllowed ? -1 : key.Filter,
            Details = details,
            Reply = isAllowed ? null : LocalReply.RbacDenied(details),
            Provider = custom?.Provider ?? "",
            ProviderPolicy = custom is null ? "" : NameOf(key.ProviderFilter, key.ProviderPolicy),
            Authorizer = custom?.Authorizer,
            DryRunDeny = deny,
            DryRunAllow = allow,
            HasShadow = first.IsAsked,
            ShadowDenied = first.WouldDeny,
            ShadowPolicy = first.Policy ?? "",
            AuditPolicy = key.AuditPolicy < 0 ? "" : NameOf(key.AuditPolicy >> 20, key.AuditPolicy & 0xFFFFF),
        };
    }

    private void Remember(int connection, int template, RbacDecision decision)
    {
        if (template >= _templates)
        {
            // Rows grow with the number of templates; what is known is learnt again.
            _templates = Math.Max(template + 1, _templates * 2);
            _remembered = [];
        }

        long at = ((long)connection * _templates) + template;
        if (at >= Array.MaxLength)
        {
            return;
        }

        if (at >= _remembered.Length)
        {
            Array.Resize(ref _remembered, (int)Math.Min(Array.MaxLength, Math.Max(at + 1, _remembered.Length * 2L)));
        }

        _remembered[at] = decision;
    }

    private readonly record struct OutcomeKey(
        int Filter, int Policy, int ProviderFilter, int ProviderPolicy, int ShadowDenyFilter, int ShadowDeny,
        int ShadowAllowFilter, int ShadowAllow, int AuditPolicy);

    private sealed class Filter
    {
        private readonly (RbacExpression[] Permissions, RbacExpression[] Principals)[] _compiled;

        public Filter(RbacRules source, RepeatedHeaderRule rule, DiagnosticBag? diagnostics)
        {
            Source = source;
            Policies = [.. source.Policies.OrderBy(static p => p.Name, StringComparer.Ordinal)];
            _compiled =
            [
                .. Policies.Select(p => (
                    Expressions(p.Permissions, p, rule, diagnostics), Expressions(p.Principals, p, rule, diagnostics))),
            ];
        }

        public RbacRules Source { get; }

        public RbacPolicy[] Policies { get; }

        public int FirstMatch(in RbacRequest request)
        {
            for (int i = 0; i < _compiled.Length; i++)
            {
                if (RbacExpression.AnyOf(_compiled[i].Permissions, request)
                    && RbacExpression.AnyOf(_compiled[i].Principals, request))
                {
                    return i;
                }
            }

            return -1;
        }

        public bool IsShadowOf(Filter enforced) => Source.IsShadow && Source.Provider.Length == 0
            && Source.Action == enforced.Source.Action && Source.IsCustom == enforced.Source.IsCustom;

        public bool Denies(int matched) => Source.Action switch
        {
            RbacAction.Allow => matched < 0,
            RbacAction.Deny => matched >= 0,
            _ => false,
        };

        private static RbacExpression[] Expressions(
            IReadOnlyList<RbacNode> nodes, RbacPolicy policy, RepeatedHeaderRule rule, DiagnosticBag? diagnostics) =>
            [.. nodes.Select(n => RbacExpression.Compile(n, rule, policy.Origin, diagnostics))];
    }
}

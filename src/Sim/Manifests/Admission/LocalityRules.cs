using System.Globalization;

namespace Sim.Manifests.Admission;

/// <summary>istiod's rules for locality load balancing.</summary>
/// <remarks>Istio: pkg/config/validation/validation.go#validateLocalityLbSetting, #validateLocalities.</remarks>
internal static class LocalityRules
{
    /// <summary>Checks a setting.</summary>
    /// <param name="lb">The setting; null = nothing to check.</param>
    /// <param name="hasOutlierDetection">True when the same policy has outlier detection.</param>
    /// <param name="f">Receives the findings.</param>
    public static void Check(LocalityLbSetting? lb, bool hasOutlierDetection, Findings f)
    {
        if (lb is null)
        {
            return;
        }

        if (lb.Distribute.Count > 0 && lb.Failover.Count > 0)
        {
            f.Error("can not simultaneously specify 'distribute' and 'failover'", lb.Span);
            return;
        }

        if (lb.Failover.Count > 0 && lb.FailoverPriority.FirstOrDefault(static l =>
            IstioRules.IsTopologyLabel(l.Value)) is { } label)
        {
            f.Error($"can not simultaneously set 'failover' and topology label '{label.Value}' in " +
                $"'failover_priority'", label.Span);
            return;
        }

        foreach (LocalityDistribute d in lb.Distribute)
        {
            if (!CheckShares(d, f))
            {
                return;
            }
        }

        CheckLocalities(lb.Distribute.Select(static d =>
            new Spanned<string>(d.From?.Value ?? "", d.From?.Span ?? d.Span)), f);
        if ((lb.Failover.Count > 0 || lb.FailoverPriority.Count > 0) && !hasOutlierDetection)
        {
            f.Warn("outlier detection policy must be provided for failover", lb.Span,
                "without it every locality has priority 0 and nothing fails over");
        }

        foreach (LocalityFailover o in lb.Failover)
        {
            string from = o.From?.Value ?? "";
            string to = o.To?.Value ?? "";
            f.ErrorIf(from == to, "locality lb failover settings must specify different regions", o.Span);
            if ((from + to).Contains('/', StringComparison.Ordinal))
            {
                f.Error("locality lb failover only specify region", o.Span, "write the region alone, such as us-east");
            }

            f.ErrorIf((from + to).Contains('*', StringComparison.Ordinal),
                "locality lb failover region should not contain '*' wildcard", o.Span);
        }
    }

    private static bool CheckShares(LocalityDistribute d, Findings f)
    {
        long total = 0;
        foreach (SpannedEntry<Spanned<long>> e in d.To)
        {
            if (e.Value.Value is <= 0 or > 100)
            {
                f.Error("locality weight must be in range [1, 100]", e.Value.Span);
                return false;
            }

            total += e.Value.Value;
        }

        if (total != 100)
        {
            f.Error(string.Create(CultureInfo.InvariantCulture, $"total locality weight {total} != 100"), d.Span);
            return false;
        }

        CheckLocalities(d.To.Select(static e => new Spanned<string>(e.Key, e.KeySpan)), f);
        return true;
    }

    /// <summary>Localities must not cover one another; stops at the first one that does.</summary>
    private static void CheckLocalities(IEnumerable<Spanned<string>> localities, Findings f)
    {
        var seen = new List<string[]>();
        foreach (Spanned<string> locality in localities)
        {
            string text = locality.Value;
            int stars = text.Count(static c => c == '*');
            if (stars > 1 || (stars == 1 && !text.EndsWith('*')))
            {
                f.Error($"locality {text} wildcard '*' number can not exceed 1 and must be in the end", locality.Span);
                return;
            }

            string[] parts = text.Split('/', 3);
            if (parts.Any(static p => p.Length == 0))
            {
                f.Error($"locality {text} must not contain empty region/zone/subzone info", locality.Span);
                return;
            }

            if (seen.Exists(s => (parts[0] != "*" || s[0] == "*") && Overlaps(s, parts)))
            {
                f.Error($"locality {text} overlap with previous specified ones", locality.Span);
                return;
            }

            seen.Add(parts);
        }
    }

    private static bool Overlaps(string[] a, string[] b)
    {
        for (int i = 0; i < 3; i++)
        {
            string x = i < a.Length ? a[i] : "*";
            string y = i < b.Length ? b[i] : "*";
            if (x == "*" || y == "*")
            {
                return true;
            }

            if (x != y)
            {
                return false;
            }
        }

        return true;
    }
}

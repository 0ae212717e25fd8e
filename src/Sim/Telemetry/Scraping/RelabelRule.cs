using Sim.Core.RegularExpressions;
using Sim.Telemetry.PromQl;

namespace Sim.Telemetry.Scraping;

/// <summary>One step of relabelling.</summary>
/// <remarks>Prometheus: model/relabel. Simplified: hashmod, keepequal and dropequal are refused.</remarks>
public sealed class RelabelRule
{
    private readonly string _action;
    private readonly IReadOnlyList<string> _sources;
    private readonly string _separator;
    private readonly Re2 _regex;
    private readonly string _target;
    private readonly string _replacement;

    internal RelabelRule(string action, IReadOnlyList<string> sources, string separator, Re2 regex, string target,
        string replacement)
    {
        _action = action;
        _sources = sources;
        _separator = separator;
        _regex = regex;
        _target = target;
        _replacement = replacement;
    }

    /// <summary>The actions there are.</summary>
    public static IReadOnlyList<string> Actions { get; } =
        ["replace", "keep", "drop", "labelmap", "labeldrop", "labelkeep", "lowercase", "uppercase"];

    /// <summary>The labels after this step; null when the sample is dropped.</summary>
    public LabelSet? Apply(LabelSet labels)
    {
        string value = string.Join(_separator, _sources.Select(s => labels[s]));
        switch (_action)
        {
            case "keep":
                return _regex.IsMatch(value) ? labels : null;
            case "drop":
                return _regex.IsMatch(value) ? null : labels;
            case "labelmap":
                return labels.Labels.Where(l => _regex.IsMatch(l.Name)).Aggregate(labels, (all, l) =>
                    all.With(_regex.ReplaceAll(l.Name, m => m.ExpandGo(_replacement)), l.Value));
            case "labeldrop":
                return LabelSet.Of(labels.Labels.Where(l => !_regex.IsMatch(l.Name)));
            case "labelkeep":
                return LabelSet.Of(labels.Labels.Where(l => _regex.IsMatch(l.Name)));
            case "lowercase":
                return labels.With(_target, value.ToLowerInvariant());
            case "uppercase":
                return labels.With(_target, value.ToUpperInvariant());
            default:
                if (!_regex.TryMatch(value, out Re2Match? match))
                {
                    return labels;
                }

                string target = match.ExpandGo(_target);
                return Literals.IsLabelName(target)
                    ? labels.With(target, match.ExpandGo(_replacement)) : labels;
        }
    }
}

using System.Globalization;
using Sim.Telemetry.PromQl;
using Sim.Telemetry.Templates;

namespace Sim.Telemetry.Rules;

/// <summary>What a server is configured with that rules can see.</summary>
/// <param name="ExternalLabels">Labels of the server; they reach templates and notifications, never the store.</param>
/// <param name="ExternalUrl">Address of the server, for templates.</param>
/// <param name="Query">Options of queries; null for the defaults.</param>
public sealed record RuleEngineOptions(LabelSet ExternalLabels, string ExternalUrl = "", PromQlOptions? Query = null)
{
    /// <summary>No external labels.</summary>
    public static RuleEngineOptions Default { get; } = new(LabelSet.Empty);
}

/// <summary>An evaluation of a rule that failed.</summary>
/// <param name="Group">The group.</param>
/// <param name="Rule">The rule.</param>
/// <param name="TimeMs">When.</param>
/// <param name="Message">Why, in Prometheus' words.</param>
public sealed record RuleFailure(RuleGroup Group, Rule Rule, long TimeMs, string Message);

/// <summary>Evaluates recording and alerting rules over a store, at times that the caller chooses.</summary>
/// <remarks>
/// Prometheus: rules/group.go, rules/recording.go, rules/alerting.go. A rule writes at the time of its evaluation, so
/// the next rule of its group reads what it recorded. A series that a rule no longer writes ends with a marker; a rule
/// that fails writes nothing, not even that. Simplified: state is not restored after a restart, because servers do not
/// restart here.
/// </remarks>
public sealed class RuleEngine
{
    private const long KeepsResolvedMs = 15 * 60_000;
    private readonly SeriesStore _store;
    private readonly RuleEngineOptions _options;
    private readonly Dictionary<Rule, List<LabelSet>> _written = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<LabelSet> _recorded = [];
    private readonly Dictionary<Rule, List<Alert>> _alerts = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Rule, string> _lastErrors = new(ReferenceEqualityComparer.Instance);

    /// <summary>An engine over a store.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="store">What is read and written.</param>
    /// <param name="options">What rules can see of the server; null for the defaults.</param>
    public RuleEngine(IReadOnlyList<RuleGroup> groups, SeriesStore store, RuleEngineOptions? options = null)
    {
        Groups = groups;
        _store = store;
        _options = options ?? RuleEngineOptions.Default;
        foreach (Rule rule in groups.SelectMany(static g => g.Rules))
        {
            _written[rule] = [];
            _alerts[rule] = [];
        }
    }

    /// <summary>The groups.</summary>
    public IReadOnlyList<RuleGroup> Groups { get; }

    /// <summary>Every series that a rule has written, alerts included.</summary>
    public IReadOnlySet<LabelSet> Recorded => _recorded;

    /// <summary>Pending and firing alerts, in the order of groups and rules.</summary>
    public IEnumerable<Alert> Alerts => Groups.SelectMany(static g => g.Rules).SelectMany(r => _alerts[r])
        .Where(static a => a.State != AlertState.Inactive);

    /// <summary>Why the last evaluation of a rule failed; empty when it did not.</summary>
    public string LastErrorOf(Rule rule) => _lastErrors.GetValueOrDefault(rule, "");

    /// <summary>Evaluates the rules of a group in order.</summary>
    /// <param name="group">One of <see cref="Groups"/>.</param>
    /// <param name="timeMs">Milliseconds since the epoch, later than at its last evaluation.</param>
    /// <returns>The rules that failed; the others went on.</returns>
    public IReadOnlyList<RuleFailure> Evaluate(RuleGroup group, long timeMs)
    {
        var failures = new List<RuleFailure>();
        foreach (Rule rule in group.Rules)
        {
            try
            {
                List<Sample> vector = rule is AlertingRule alerting
                    ? Alerting(alerting, group.Limit, timeMs)
                    : Recording(rule, group.Limit, timeMs);
                Write(rule, vector, timeMs);
                _lastErrors[rule] = "";
            }
            catch (EvaluationException e)
            {
                _lastErrors[rule] = e.Message;
                failures.Add(new RuleFailure(group, rule, timeMs, e.Message));
            }
        }

        return failures;
    }

    /// <summary>What an Alertmanager would be told now: firing alerts and those that ended in the last 15 minutes.
    /// </summary>
    public IEnumerable<AlertNotification> Notifications() => Groups.SelectMany(static g => g.Rules)
        .SelectMany(r => _alerts[r]).Where(static a => a.FiredAtMs is not null)
        .Select(a => new AlertNotification(
            _options.ExternalLabels.Labels.Aggregate(a.Labels,
                static (labels, e) => labels[e.Name].Length > 0 ? labels : labels.With(e.Name, e.Value)),
            a.Annotations, a.FiredAtMs!.Value, a.ResolvedAtMs));

    private void Write(Rule rule, List<Sample> vector, long timeMs)
    {
        List<LabelSet> before = _written[rule];
        var now = new HashSet<LabelSet>();
        foreach (Sample s in vector)
        {
            _store.Append(s.Labels, timeMs, s.Value);
            now.Add(s.Labels);
            _recorded.Add(s.Labels);
        }

        foreach (LabelSet gone in before.Where(l => !now.Contains(l)))
        {
            _store.Append(gone, timeMs, StaleMarker.Value);
        }

        _written[rule] = [.. vector.Select(static s => s.Labels)];
    }

    private IReadOnlyList<Sample> Query(PromQlQuery query, long timeMs)
    {
        PromQlResult result = query.Instant(_store, timeMs, _options.Query);
        return result switch
        {
            { Error: { } error } => throw new EvaluationException(error.ToString()),
            { Value: VectorValue v } => v.Samples,
            { Value: ScalarValue s } => [new Sample(LabelSet.Empty, s.Value)],
            _ => throw new EvaluationException("rule result is not a vector or scalar"),
        };
    }

    private List<Sample> Recording(Rule rule, int limit, long timeMs)
    {
        var vector = new List<Sample>();
        var seen = new HashSet<LabelSet>();
        foreach (Sample s in Query(rule.Query, timeMs))
        {
            LabelSet labels = s.Labels.With(LabelSet.MetricName, rule.Name);
            foreach (Label l in rule.Labels)
            {
                labels = labels.With(l.Name, l.Value);
            }

            if (!seen.Add(labels))
            {
                throw new EvaluationException(
                    "vector contains metrics with the same labelset after applying rule labels");
            }

            vector.Add(new Sample(labels, s.Value));
        }

        return limit <= 0 || vector.Count <= limit ? vector : throw Exceeds(limit, vector.Count, "series");
    }

    private static EvaluationException Exceeds(int limit, int count, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"exceeded limit of {limit} with {count} {what}"));

    private List<Sample> Alerting(AlertingRule rule, int limit, long timeMs)
    {
        List<Alert> active = _alerts[rule];
        Dictionary<LabelSet, Alert> found = Elements(rule, timeMs);
        foreach (Alert a in found.Values)
        {
            int at = active.FindIndex(x => x.Labels.Equals(a.Labels));
            if (at >= 0 && active[at].State != AlertState.Inactive)
            {
                active[at].Value = a.Value;
                active[at].Annotations = a.Annotations;
            }
            else if (at >= 0)
            {
                active[at] = a;
            }
            else
            {
                active.Add(a);
            }
        }

        var vector = new List<Sample>();
        int alerts = 0;
        foreach (Alert a in active.ToArray())
        {
            if (!Advance(a, found.ContainsKey(a.Labels), timeMs, active))
            {
                continue;
            }

            alerts++;
            LabelSet named = a.Labels.With("alertname", rule.Name);
            vector.Add(new Sample(named.With(LabelSet.MetricName, "ALERTS")
                .With("alertstate", a.State == AlertState.Firing ? "firing" : "pending"), 1));
            vector.Add(new Sample(named.With(LabelSet.MetricName, "ALERTS_FOR_STATE"),
                Math.Floor(a.ActiveAtMs / 1000.0)));
        }

        if (limit > 0 && alerts > limit)
        {
            active.Clear();
            throw Exceeds(limit, alerts, "alerts");
        }

        return vector;
    }

    /// <summary>Moves an alert to its next state; false when it is neither pending nor firing then.</summary>
    private static bool Advance(Alert a, bool isFound, long timeMs, List<Alert> active)
    {
        if (isFound)
        {
            a.KeptSinceMs = null;
        }
        else if (!IsKept(a, timeMs))
        {
            bool isForgotten = a.State == AlertState.Pending
                || (a.ResolvedAtMs is { } resolved && timeMs - resolved > KeepsResolvedMs);
            if (isForgotten)
            {
                active.Remove(a);
            }

            if (a.State != AlertState.Inactive)
            {
                a.State = AlertState.Inactive;
                a.ResolvedAtMs = timeMs;
            }

            return false;
        }

        if (a.State == AlertState.Pending && timeMs - a.ActiveAtMs >= a.Rule.ForMs)
        {
            a.State = AlertState.Firing;
            a.FiredAtMs = timeMs;
        }

        return true;
    }

    private static bool IsKept(Alert a, long timeMs)
    {
        if (a.State != AlertState.Firing || a.Rule.KeepFiringForMs <= 0)
        {
            return false;
        }

        a.KeptSinceMs ??= timeMs;
        return timeMs - a.KeptSinceMs.Value < a.Rule.KeepFiringForMs;
    }

    /// <summary>The alerts that the elements of the expression stand for, each as if it were new.</summary>
    private Dictionary<LabelSet, Alert> Elements(AlertingRule rule, long timeMs)
    {
        var found = new Dictionary<LabelSet, Alert>();
        foreach (Sample s in Query(rule.Query, timeMs))
        {
            var data = new TemplateData(s.Labels, _options.ExternalLabels, _options.ExternalUrl, s.Value,
                q => QueryForTemplate(q, rule.Query.Dialect, timeMs));
            LabelSet labels = s.Labels.WithoutName();
            foreach ((string name, GoTemplate template) in rule.LabelTemplates)
            {
                labels = labels.With(name, template.Expand(data));
            }

            var alert = new Alert(rule, labels.With("alertname", rule.Name), timeMs)
            {
                Value = s.Value,
                Annotations = [.. rule.AnnotationTemplates
                    .Select(t => new Label(t.Name, t.Template.Expand(data)))],
            };
            if (!found.TryAdd(alert.Labels, alert))
            {
                throw new EvaluationException(
                    "vector contains metrics with the same labelset after applying alert labels");
            }
        }

        return found;
    }

    private IReadOnlyList<Sample> QueryForTemplate(string text, PromQlDialect dialect, long timeMs)
    {
        PromQlResult result = PromQlQuery.Instant(text, dialect, _store, timeMs, _options.Query);
        return result switch
        {
            { Error: { } error } => throw new TemplateException(error.ToString()),
            { Value: VectorValue v } => v.Samples,
            { Value: ScalarValue s } => [new Sample(LabelSet.Empty, s.Value)],
            _ => throw new TemplateException("query result is not a vector or scalar"),
        };
    }
}

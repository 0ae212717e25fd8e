using System.Text.Json;
using Sim.Telemetry;
using Sim.Telemetry.PromQl;
using Sim.Telemetry.Rules;

namespace Sim.Tests.Telemetry;

/// <summary>What the series ALERTS told at each evaluation, as stretches of equal state.</summary>
internal sealed class AlertHistory
{
    private readonly Dictionary<LabelSet, List<Span>> _spans = [];
    private long _before = -1;

    /// <summary>Reads the series after an evaluation.</summary>
    public void Note(RuleEngine engine, SeriesStore store, long timeMs)
    {
        Dictionary<LabelSet, double> since = Read("ALERTS_FOR_STATE", store, timeMs)
            .ToDictionary(static s => s.Labels.WithoutName(), static s => s.Value);
        foreach (Sample s in Read("ALERTS", store, timeMs))
        {
            LabelSet labels = s.Labels.WithoutName().Without("alertstate");
            string state = s.Labels["alertstate"];
            Alert? alert = engine.Alerts.FirstOrDefault(a => a.Labels.Equals(labels));
            string annotations = state == "firing" && alert is not null ? Text(alert.Annotations) : "";
            double? activeSince = since.TryGetValue(labels, out double v) ? v : null;
            if (!_spans.TryGetValue(labels, out List<Span>? spans))
            {
                _spans.Add(labels, spans = []);
            }

            var now = new Span(timeMs, timeMs, state, activeSince, annotations);
            if (spans.Count > 0 && spans[^1].To == _before && spans[^1].Continues(now))
            {
                spans[^1] = spans[^1] with { To = timeMs };
            }
            else
            {
                spans.Add(now);
            }
        }

        _before = timeMs;
    }

    /// <summary>What differs from the recorded alerts.</summary>
    public IEnumerable<string> Differences(JsonElement recorded)
    {
        var expected = recorded.EnumerateArray().ToDictionary(
            static a => PromQlFamily.Labels(a.GetProperty("labels")),
            static a => string.Join("\n  ", a.GetProperty("spans").EnumerateArray().Select(Expected)));
        foreach (LabelSet labels in expected.Keys.Union(_spans.Keys).Order())
        {
            string found = _spans.TryGetValue(labels, out List<Span>? spans) ? string.Join("\n  ", spans) : "";
            if (found != expected.GetValueOrDefault(labels, ""))
            {
                yield return $"{labels}\n  {found}\n recorded\n  {expected.GetValueOrDefault(labels, "")}";
            }
        }
    }

    private static IReadOnlyList<Sample> Read(string name, SeriesStore store, long timeMs) =>
        ((VectorValue)PromQlQuery.Instant(name, PromQlDialect.V2_42, store, timeMs).Value!).Samples;

    private static string Text(IEnumerable<Label> annotations) =>
        string.Join(", ", annotations.Select(static a => a.Name + "=" + a.Value));

    private static Span Expected(JsonElement s) => new(
        (long)(s.GetProperty("from").GetDouble() * 1000), (long)(s.GetProperty("to").GetDouble() * 1000),
        s.GetProperty("state").GetString()!,
        s.TryGetProperty("active_since", out JsonElement a) ? a.GetDouble() : null,
        s.TryGetProperty("annotations", out JsonElement t)
            ? Text(t.EnumerateObject().Select(static p => new Label(p.Name, p.Value.GetString()!))
                .OrderBy(static l => l.Name, StringComparer.Ordinal)) : "");

    private sealed record Span(long From, long To, string State, double? ActiveSince, string Annotations)
    {
        public bool Continues(Span next) =>
            State == next.State && ActiveSince.Equals(next.ActiveSince) && Annotations == next.Annotations;
    }
}
